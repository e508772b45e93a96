#include "hir/data/constraint_texts.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

void Add(Texts& texts, std::string_view piece) {
  piece = StripOuterWhiteSpace(piece);
  if (!piece.empty()) texts.emplace_back(piece);
}

Texts LinesOf(std::string_view text) {
  Texts lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    Add(lines, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// A sentence ends at a mark followed by a space, and the next one does not begin with a small
// letter.
Texts SentencesOf(std::string_view text) {
  Texts sentences;
  size_t begin = 0;
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    if (std::string_view(".!?").find(text[i]) == std::string_view::npos) continue;
    if (!absl::ascii_isspace(text[i + 1]) || absl::ascii_islower(text[i + 2])) continue;
    Add(sentences, text.substr(begin, i + 1 - begin));
    begin = i + 1;
  }
  Add(sentences, text.substr(begin));
  return sentences;
}

// Collects the arguments that a wording would show: numbers and texts, also those in lists.
void CollectShown(const json& value, Texts& shown) {
  if (value.is_string()) shown.push_back(absl::AsciiStrToLower(value.get<std::string>()));
  if (value.is_number_integer()) shown.push_back(value.dump());
  if (value.is_structured()) {
    for (const json& member : value) CollectShown(member, shown);
  }
}

// Whether `text` has `word` as a whole word or number.
bool Shows(std::string_view text, std::string_view word) {
  const auto inner = [text](size_t at) {
    return at < text.size() && absl::ascii_isalnum(text[at]);
  };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if ((at == 0 || !inner(at - 1)) && !inner(at + word.size())) return true;
  }
  return false;
}

// Whether the texts can belong to the constraints in this order.
bool Agree(const Texts& texts, const std::vector<Constraint>& constraints) {
  Texts lower;
  for (const std::string& text : texts) lower.push_back(absl::AsciiStrToLower(text));
  for (size_t i = 0; i < constraints.size(); ++i) {
    Texts shown;
    CollectShown(constraints[i].arguments, shown);
    for (const std::string& word : shown) {
      if (word.empty() || Shows(lower[i], word)) continue;
      if (std::any_of(lower.begin(), lower.end(),
                      [&word](const std::string& text) { return Shows(text, word); })) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

Texts DivideTexts(std::string_view joined, const std::vector<Constraint>& constraints) {
  joined = StripOuterWhiteSpace(joined);
  if (joined.empty()) return {};
  if (constraints.size() == 1) return {std::string(joined)};
  for (const Texts& texts : {LinesOf(joined), SentencesOf(joined)}) {
    if (texts.size() == constraints.size() && Agree(texts, constraints)) return texts;
  }
  return {};
}

}  // namespace hir
