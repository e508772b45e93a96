#include "hir/text/langdetect/detect.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/status.h"
#include "hir/text/langdetect/clean.h"
#include "hir/text/langdetect/profiles.h"
#include "hir/text/python/random.h"
#include "hir/text/scan/char_class.h"

namespace hir::langdetect {
namespace {

using internal::LangdetectProfiles;
using python::PythonRandom;
using scan::FastIsUpper;
using Probabilities = LangdetectProfiles::Row;

constexpr double kMeanAlpha = 0.5;
constexpr double kAlphaWidth = 0.05;
constexpr double kBaseFrequency = 10000;
constexpr double kReportedProbability = 0.1;
constexpr double kConvergedProbability = 0.99999;
constexpr int kTrials = 7;
constexpr int kMaxDraws = 1000;
constexpr int kNormalizeEvery = 5;

// Yields the n-grams that end in each character of a text, and skips words in capitals.
class GramWindow {
 public:
  // The last three characters; 0 for "none".
  char32_t first = 0, second = 0, third = U' ';

  // Appends a normalised character; returns whether the n-grams that end in it count.
  bool Add(char32_t c) {
    const char32_t last = third;
    if (last == U' ') {
      first = second = 0;
      capitals_ = false;
      if (c == U' ') return true;
    }
    first = second;
    second = third;
    third = c;
    const bool upper = FastIsUpper(c);
    if (!upper) {
      capitals_ = false;
    } else if (last_is_upper_) {
      capitals_ = true;
    }
    last_is_upper_ = upper;
    return !capitals_;
  }

 private:
  bool capitals_ = false;
  bool last_is_upper_ = false;
};

// The numbers of all known n-grams in `text`, in order.
std::vector<uint32_t> KnownGrams(std::u32string_view text, const LangdetectProfiles& profiles) {
  std::vector<uint32_t> grams;
  grams.reserve(text.size() * 3);
  const auto add = [&](char32_t first, char32_t second, char32_t third) {
    const uint32_t gram = profiles.Find(first, second, third);
    if (gram != LangdetectProfiles::kNoGram) grams.push_back(gram);
  };
  GramWindow window;
  for (char32_t c : text) {
    if (!window.Add(profiles.Normalize(c))) continue;
    if (window.third != U' ') add(0, 0, window.third);
    if (window.second != 0) add(0, window.second, window.third);
    if (window.first != 0) add(window.first, window.second, window.third);
  }
  return grams;
}

// Scales the probabilities to the sum 1 and returns the largest.
double Normalize(Probabilities& probabilities) {
  double sum = 0;
  double largest = 0;
  for (double probability : probabilities) {
    sum += probability;
    largest = std::max(largest, probability);
  }
  for (double& probability : probabilities) probability /= sum;
  return largest / sum;
}

// One trial: draws n-grams until one language is all but certain.
Probabilities RunTrial(const std::vector<uint32_t>& grams, const LangdetectProfiles& profiles,
                       PythonRandom& random) {
  Probabilities probabilities = {};
  const size_t languages = profiles.languages().size();
  std::fill_n(probabilities.begin(), languages, 1.0 / static_cast<double>(languages));
  const double floor = (kMeanAlpha + random.Gauss() * kAlphaWidth) / kBaseFrequency;
  for (int draw = 0;; ++draw) {
    const uint32_t gram = grams[random.Index(static_cast<uint32_t>(grams.size()))];
    profiles.Multiply(gram, floor, probabilities);
    if (draw % kNormalizeEvery != 0) continue;
    if (Normalize(probabilities) > kConvergedProbability || draw >= kMaxDraws) break;
  }
  return probabilities;
}

}  // namespace

absl::StatusOr<std::vector<LanguageProbability>> LanguageProbabilities(std::u32string_view text) {
  const LangdetectProfiles& profiles = LangdetectProfiles::Get();
  const std::vector<uint32_t> grams = KnownGrams(internal::CleanForLangdetect(text), profiles);
  if (grams.empty()) {
    return absl::NotFoundError(
        "The text has no letters of any of the 55 language profiles, so its language cannot be "
        "named; langdetect raises a LangDetectException.");
  }
  static const PythonRandom seeded(0);
  PythonRandom random = seeded;
  Probabilities mean = {};
  for (int trial = 0; trial < kTrials; ++trial) {
    const Probabilities found = RunTrial(grams, profiles, random);
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += found[i] / kTrials;
  }
  std::vector<LanguageProbability> languages;
  for (size_t i = 0; i < profiles.languages().size(); ++i) {
    if (mean[i] > kReportedProbability) languages.push_back({profiles.languages()[i], mean[i]});
  }
  std::stable_sort(languages.begin(), languages.end(),
                   [](const LanguageProbability& a, const LanguageProbability& b) {
                     return a.probability > b.probability;
                   });
  return languages;
}

absl::StatusOr<std::string> DetectLanguage(std::u32string_view text) {
  absl::StatusOr<std::vector<LanguageProbability>> languages = LanguageProbabilities(text);
  if (!languages.ok()) return languages.status();
  return languages->empty() ? "unknown" : languages->front().language;
}

}  // namespace hir::langdetect
