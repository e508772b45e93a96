#include "hir/text/lexicon/syllables.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "hir/text/lexicon/linked_data.h"
#include "hir/text/python/unicode.h"

namespace hir::lexicon {
namespace {

using python::EncodeUtf8;
using python::IsDecimal;
using python::ToLower;
using Counts = std::unordered_map<std::string_view, int>;

const Counts& KnownWords() {
  static const auto* const counts = [] {
    auto* filled = new Counts;
    const std::string_view data = SyllableData();
    for (size_t begin = 0; begin < data.size();) {
      const size_t tab = data.find('\t', begin);
      const size_t end = data.find('\n', tab);
      filled->emplace(data.substr(begin, tab - begin), data[tab + 1] - '0');
      begin = end + 1;
    }
    return filled;
  }();
  return *counts;
}

bool IsVowel(char32_t c) {
  return std::u32string_view(U"aeiouy").find(c) != std::u32string_view::npos;
}

int CountVowelGroups(std::u32string_view word) {
  int count = IsVowel(word[0]) ? 1 : 0;
  for (size_t i = 1; i < word.size(); ++i) count += IsVowel(word[i]) && !IsVowel(word[i - 1]);
  if (word.ends_with(U'e')) --count;
  if (word.ends_with(U"le") && word.size() > 2 && !IsVowel(word[word.size() - 3])) ++count;
  return count == 0 ? 1 : count;
}

}  // namespace

int CountSyllables(std::u32string_view word) {
  const std::u32string lower = ToLower(word);
  if (lower.empty() ||
      std::any_of(lower.begin(), lower.end(), [](char32_t c) { return IsDecimal(c); })) {
    return 0;
  }
  const auto known = KnownWords().find(EncodeUtf8(lower));
  return known != KnownWords().end() ? known->second : CountVowelGroups(lower);
}

}  // namespace hir::lexicon
