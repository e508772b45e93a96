// MulDimIF: how deep the response's JSON is nested.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hir/constraints/muldimif.h"
#include "hir/constraints/muldimif_numbers.h"
#include "hir/text/backtracking_regex.h"
#include "hir/text/python_json.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

using View = std::u32string_view;

// None: int() raises.
std::optional<int64_t> ReadLevel(View text) {
  if (text == U"two") return 2;
  if (text == U"three") return 3;
  const auto number = ReadPythonInt(text);
  return number.ok() ? std::optional(*number) : std::nullopt;
}

std::vector<BacktrackingRegex> Compile(const std::vector<View>& patterns) {
  std::vector<BacktrackingRegex> compiled;
  for (const View pattern : patterns) {
    const size_t at = pattern.find(U"{N}");
    compiled.emplace_back(std::u32string(pattern.substr(0, at)) + U"(\\d+|two|three)" +
                          std::u32string(pattern.substr(at + 3)));
  }
  return compiled;
}

// The first number that a pattern finds.
std::optional<int64_t> First(const std::vector<BacktrackingRegex>& patterns, View sentence,
                             WorkBudget& budget) {
  for (const BacktrackingRegex& pattern : patterns) {
    if (const auto match = pattern.Search(sentence, budget)) {
      return ReadLevel((*match)[1]);
    }
  }
  return std::nullopt;
}

// The strictest of all numbers that the patterns find.
template <typename IsStricter>
std::optional<int64_t> Strictest(const std::vector<BacktrackingRegex>& patterns, View sentence,
                                 IsStricter is_stricter, WorkBudget& budget) {
  std::optional<int64_t> strictest;
  for (const BacktrackingRegex& pattern : patterns) {
    for (const RegexMatch& match : pattern.FindAll(sentence, budget)) {
      const std::optional<int64_t> number = ReadLevel(match[1]);
      if (number && (!strictest || is_stricter(*number, *strictest))) strictest = number;
    }
  }
  return strictest;
}

// None: the sentence has no known wording.
std::optional<CountLimits> ReadRange(View sentence, WorkBudget& budget) {
  static const auto* const exact = new auto(Compile(
      {U"exactly {N} levels? of nesting", U"structured as a json object with a nesting level of {N}",
       U"json example with exactly {N} levels?", U"object nesting levels must be {N}",
       U"nesting level of {N}", U"be limited to {N} levels of nesting"}));
  static const auto* const most = new auto(Compile(
      {U"must not exceed {N} levels? of nesting", U"no more than {N} levels?",
       U"maximum of {N} nesting levels", U"maximum of {N} object nesting levels",
       U"maximum of {N} levels", U"not exceed {N} levels", U"levels not exceeding {N}",
       U"with the structure not exceeding {N} levels",
       U"object nesting levels must not exceed {N}", U"and at most {N}"}));
  static const auto* const least = new auto(Compile(
      {U"at least {N} levels? of nesting", U"at least {N} levels? deep",
       U"must include a json object with at least {N} levels?", U"and at least {N}"}));
  if (const auto number = First(*exact, sentence, budget)) return CountLimits{number, number};
  const CountLimits range = {Strictest(*least, sentence, std::greater<>(), budget),
                            Strictest(*most, sentence, std::less<>(), budget)};
  return range.least || range.most ? std::optional(range) : std::nullopt;
}

// Walks over a text that json.loads() takes. Of members with one name the last counts.
class DepthReader {
 public:
  explicit DepthReader(View text) : text_(text) {}

  // How many lists and objects that are not empty are around the innermost value.
  int64_t Value() {
    SkipSpaces();
    const char32_t c = text_[at_];
    if (c == U'"') {
      (void)String();
      return 0;
    }
    if (c == U'[' || c == U'{') return Container(c == U'{');
    while (at_ < text_.size() && View(U",]} \t\n\r").find(text_[at_]) == View::npos) ++at_;
    return 0;
  }

 private:
  void SkipSpaces() {
    while (at_ < text_.size() && View(U" \t\n\r").find(text_[at_]) != View::npos) ++at_;
  }

  View String() {
    const size_t begin = at_++;
    while (text_[at_] != U'"') at_ += text_[at_] == U'\\' ? 2 : 1;
    return text_.substr(begin, ++at_ - begin);
  }

  int64_t Container(bool object) {
    std::vector<std::pair<View, int64_t>> members;
    ++at_;
    for (SkipSpaces(); text_[at_] != U']' && text_[at_] != U'}'; SkipSpaces()) {
      View name;
      if (object) {
        name = String();
        SkipSpaces();
        ++at_;  // The colon.
      }
      members.emplace_back(name, Value());
      SkipSpaces();
      if (text_[at_] == U',') ++at_;
    }
    ++at_;
    if (members.empty()) return 0;
    if (object) KeepLast(members);
    return 1 + std::max_element(members.begin(), members.end(), [](const auto& a, const auto& b) {
                 return a.second < b.second;
               })->second;
  }

  static void KeepLast(std::vector<std::pair<View, int64_t>>& members) {
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    size_t kept = 0;
    for (size_t i = 0; i < members.size(); ++i) {
      if (i + 1 < members.size() && members[i + 1].first == members[i].first) continue;
      members[kept++] = members[i];
    }
    members.resize(kept);
  }

  const View text_;
  size_t at_ = 0;
};

CheckResult CheckDepth(const std::optional<CountLimits>& range, const ResponseText& response) {
  // Python's recursion ends a walk here, two calls a level.
  constexpr int64_t kDeepestWalk = 490;
  // Nanoseconds a character, of reading it twice.
  constexpr int64_t kReadWork = 20;
  static const BacktrackingRegex block(U"```json(.*?)```", {.dot_all = true});
  View text = response.text();
  if (const auto match = block.Search(text, response.budget())) text = Strip((*match)[1]);
  if (!response.budget().Charge(static_cast<int64_t>(text.size()) * kReadWork)) {
    return Undecidable(kWorkBudgetExhausted);
  }
  const JsonOutcome outcome = CheckPythonJson(text);
  if (outcome == JsonOutcome::kTooDeep) {
    return Undecidable("The JSON text is nested too deeply: Python's json.loads raises.");
  }
  if (outcome == JsonOutcome::kInvalid || Strip(text) == U"null") return PassIf(false);
  const int64_t depth = DepthReader(text).Value();
  if (depth > kDeepestWalk) return Undecidable("The JSON text is nested too deeply.");
  return PassIf(range && range->Allow(static_cast<size_t>(depth)));
}

}  // namespace

CheckFunction ReadMuldimifJson(View text, WorkBudget& budget) {
  std::u32string sentence = ToLower(text);
  std::erase_if(sentence, [](char32_t c) { return !IsWord(c) && !IsSpace(c); });
  return [range = ReadRange(sentence, budget)](const ResponseText& response) {
    return CheckDepth(range, response);
  };
}

}  // namespace hir
