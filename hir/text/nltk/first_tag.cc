#include "hir/text/nltk/first_tag.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "hir/text/python/unicode.h"
#include "nlohmann/json.hpp"

namespace hir::nltk {
namespace {

using python::DecodeUtf8;
using python::EncodeUtf8;
using python::IsDigit;
using python::ToLower;
using python::View;
using Json = nlohmann::json;

constexpr char kName[] = "averaged_perceptron_tagger_eng";

std::vector<std::string> SearchedFolders() {
  std::vector<std::string> folders;
  if (const char* paths = std::getenv("NLTK_DATA"); paths != nullptr) {
    folders = absl::StrSplit(paths, ':', absl::SkipEmpty());
  }
  if (const char* home = std::getenv("HOME"); home != nullptr) {
    folders.push_back(absl::StrCat(home, "/nltk_data"));
  }
  for (const char* folder : {"/usr/share/nltk_data", "/usr/local/share/nltk_data",
                             "/usr/lib/nltk_data", "/usr/local/lib/nltk_data"}) {
    folders.push_back(folder);
  }
  return folders;
}

absl::StatusOr<Json> ReadJson(const std::string& folder, const char* part) {
  const std::string path = absl::StrCat(folder, "/", kName, ".", part, ".json");
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  absl::StatusOr<Json> json = ParseJson<Json>(text);
  if (json.ok()) return json;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", json.status().message(), "."));
}

// The form of a word that features use.
std::string Normalized(View word) {
  if (word.find(U'-') != word.npos && word[0] != U'-') return "!HYPHEN";
  const bool digits = std::all_of(word.begin(), word.end(), [](char32_t c) { return IsDigit(c); });
  if (digits && word.size() == 4) return "!YEAR";
  if (IsDigit(word[0])) return "!DIGITS";
  return EncodeUtf8(ToLower(word));
}

std::string Suffix(const std::string& utf8) {
  const std::u32string word = DecodeUtf8(utf8);
  return EncodeUtf8(View(word).substr(word.size() > 3 ? word.size() - 3 : 0));
}

std::vector<std::string> Features(absl::Span<const View> tokens) {
  constexpr char kBefore[] = "-START2-", kBefore2[] = "-START-";
  const std::string word = Normalized(tokens[0]);
  const std::string next = tokens.size() > 1 ? Normalized(tokens[1]) : "-END-";
  const std::string after = tokens.size() > 2   ? Normalized(tokens[2])
                            : tokens.size() > 1 ? "-END-"
                                                : "-END2-";
  const size_t tail = tokens[0].size() > 3 ? tokens[0].size() - 3 : 0;
  return {"bias",
          absl::StrCat("i suffix ", EncodeUtf8(tokens[0].substr(tail))),
          absl::StrCat("i pref1 ", EncodeUtf8(tokens[0].substr(0, 1))),
          "i-1 tag -START-",
          "i-2 tag -START2-",
          "i tag+i-2 tag -START- -START2-",
          absl::StrCat("i word ", word),
          absl::StrCat("i-1 tag+i word -START- ", word),
          absl::StrCat("i-1 word ", kBefore),
          absl::StrCat("i-1 suffix ", Suffix(kBefore)),
          absl::StrCat("i-2 word ", kBefore2),
          absl::StrCat("i+1 word ", next),
          absl::StrCat("i+1 suffix ", Suffix(next)),
          absl::StrCat("i+2 word ", after)};
}

}  // namespace

absl::StatusOr<std::string> FirstTagger::Find() {
  for (const std::string& folder : SearchedFolders()) {
    std::string data = absl::StrCat(folder, "/taggers/", kName);
    if (std::filesystem::is_directory(data)) return data;
  }
  return absl::NotFoundError(
      absl::StrCat("NLTK's tagger data is not installed; `python3 -m nltk.downloader ", kName,
                   "` gets it, or name the folder of nltk_data in NLTK_DATA"));
}

absl::StatusOr<std::unique_ptr<FirstTagger>> FirstTagger::LoadFrom(const std::string& folder) {
  HIR_ASSIGN_OR_RETURN(const Json classes, ReadJson(folder, "classes"));
  HIR_ASSIGN_OR_RETURN(const Json known, ReadJson(folder, "tagdict"));
  HIR_ASSIGN_OR_RETURN(const Json weights, ReadJson(folder, "weights"));
  auto tagger = std::make_unique<FirstTagger>();
  try {
    std::set<std::string> tags = classes.get<std::set<std::string>>();
    tagger->tags_.assign(tags.begin(), tags.end());
    for (const auto& [word, tag] : known.get_ref<const Json::object_t&>())
      tagger->known_.emplace(word, tag);
    for (const auto& [feature, by_tag] : weights.get_ref<const Json::object_t&>()) {
      Weights& list = tagger->weights_[feature];
      for (const auto& [tag, weight] : by_tag.get_ref<const Json::object_t&>()) {
        const auto place = std::lower_bound(tagger->tags_.begin(), tagger->tags_.end(), tag);
        if (place == tagger->tags_.end() || *place != tag) continue;
        list.emplace_back(place - tagger->tags_.begin(), weight.get<double>());
      }
    }
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("the tagger data in ", folder, " is not as expected: ", error.what()));
  }
  return tagger;
}

std::string FirstTagger::Tag(absl::Span<const std::u32string_view> tokens) const {
  if (const auto known = known_.find(EncodeUtf8(tokens[0])); known != known_.end()) {
    return known->second;
  }
  std::vector<double> scores(tags_.size(), 0.0);
  for (const std::string& feature : Features(tokens)) {
    const auto found = weights_.find(feature);
    if (found == weights_.end()) continue;
    for (const auto& [tag, weight] : found->second) scores[tag] += weight;
  }
  // Among equal scores the last name wins.
  size_t best = 0;
  for (size_t i = 1; i < scores.size(); ++i) {
    if (scores[i] >= scores[best]) best = i;
  }
  return tags_[best];
}

}  // namespace hir::nltk
