#include "hir/constraints/score.h"

#include <algorithm>
#include <string>
#include <utility>

#include "hir/text/unicode.h"

namespace hir {
namespace {

std::u32string WithoutAsterisks(std::u32string_view text) {
  std::u32string kept;
  kept.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(kept),
               [](char32_t c) { return c != '*'; });
  return kept;
}

// The text behind the first newline; empty when there is none.
std::u32string_view WithoutFirstLine(std::u32string_view text) {
  const size_t newline = text.find('\n');
  return newline == text.npos ? std::u32string_view() : text.substr(newline + 1);
}

std::u32string_view WithoutLastLine(std::u32string_view text) {
  const size_t newline = text.rfind('\n');
  return newline == text.npos ? std::u32string_view() : text.substr(0, newline);
}

}  // namespace

ResponseVariants::ResponseVariants(std::string_view utf8) {
  std::u32string raw = DecodeUtf8(utf8);
  // What is cut is stripped; what only loses its asterisks is not, nor is it stripped again.
  const std::u32string_view cut[] = {Strip(WithoutFirstLine(raw)), Strip(WithoutLastLine(raw)),
                                     Strip(WithoutLastLine(WithoutFirstLine(raw)))};
  std::array<std::u32string, kLooseVariants> variants;
  variants[1] = WithoutAsterisks(raw);
  for (int i = 0; i < 3; ++i) {
    variants[2 + i] = std::u32string(cut[i]);
    variants[5 + i] = WithoutAsterisks(cut[i]);
  }
  variants[0] = std::move(raw);
  for (int i = 0; i < kLooseVariants; ++i) {
    const auto equal = std::find_if(texts_.begin(), texts_.end(),
                                    [&](const auto& text) { return text->text() == variants[i]; });
    index_[i] = static_cast<int>(equal - texts_.begin());
    if (equal == texts_.end()) {
      texts_.push_back(std::make_unique<ResponseText>(std::move(variants[i])));
    }
    first_[i] =
        static_cast<int>(std::find(index_.begin(), index_.begin() + i, index_[i]) - index_.begin());
  }
}

CheckResult CheckText(const Checker& checker, const ResponseText& text) {
  return text.blank() ? PassIf(false) : checker.Check(text);
}

std::array<CheckResult, kLooseVariants> CheckVariants(const Checker& checker,
                                                      const ResponseVariants& variants) {
  std::array<CheckResult, kLooseVariants> results;
  for (int i = 0; i < kLooseVariants; ++i) {
    const int first = variants.FirstEqual(i);
    results[i] = first < i ? results[first] : CheckText(checker, variants.text(i));
  }
  return results;
}

CheckResult CheckLoosely(const Checker& checker, const ResponseVariants& variants) {
  for (int i = 0; i < kLooseVariants; ++i) {
    if (variants.FirstEqual(i) < i) continue;
    CheckResult result = CheckText(checker, variants.text(i));
    if (result.verdict != Verdict::kFail) return result;
  }
  return PassIf(false);
}

std::vector<CheckResult> ScoreStrictly(absl::Span<const std::unique_ptr<Checker>> checkers,
                                       std::string_view response_utf8) {
  const ResponseText text(DecodeUtf8(response_utf8));
  std::vector<CheckResult> results;
  for (const auto& checker : checkers) results.push_back(CheckText(*checker, text));
  return results;
}

Scores Score(absl::Span<const std::unique_ptr<Checker>> checkers, std::string_view response_utf8) {
  const ResponseVariants variants(response_utf8);
  Scores scores;
  for (const auto& checker : checkers) {
    CheckResult strict = CheckText(*checker, variants.raw());
    // The scan of the variants begins with the raw text, and stops at what is not a fail.
    scores.loose.push_back(strict.verdict == Verdict::kFail ? CheckLoosely(*checker, variants)
                                                            : strict);
    scores.strict.push_back(std::move(strict));
  }
  return scores;
}

}  // namespace hir
