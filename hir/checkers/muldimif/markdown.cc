// MulDimIF: headings of Markdown, with block quotes, bold text and bullets.
#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/muldimif/numbers.h"
#include "hir/checkers/muldimif/rules.h"
#include "hir/text/python/find_text.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/backtracking_regex.h"

namespace hir::muldimif {
namespace {

using python::HasText;
using python::IsDecimal;
using python::IsSpace;
using python::Split;
using python::Strip;
using python::StripRight;
using python::ToLower;
using python::View;
using regex::BacktrackingRegex;
using regex::RegexMatch;

struct Heading {
  int64_t level;
  View content;
};
using Headings = std::vector<Heading>;

// What one clause of the sentence demands of the headings.
using Rule = std::function<bool(const Headings&)>;
// Nothing: the wording of the clause is unknown. An error: int() raises.
using MaybeRule = absl::StatusOr<std::optional<Rule>>;

// ---- Rules. Most of them ask for at least one heading.

size_t CountLevel(const Headings& headings, int64_t level) {
  return static_cast<size_t>(std::count_if(headings.begin(), headings.end(),
                                           [&](const Heading& h) { return h.level == level; }));
}

Rule HasLevel(int64_t level) {
  return [level](const Headings& headings) { return CountLevel(headings, level) > 0; };
}

Rule HasLevels(std::set<int64_t> levels) {
  return [levels = std::move(levels)](const Headings& headings) {
    return !headings.empty() && std::all_of(levels.begin(), levels.end(), [&](int64_t level) {
      return CountLevel(headings, level) > 0;
    });
  };
}

Rule HasNumberOfLevels(const CountLimits& limits) {
  return [limits](const Headings& headings) {
    std::set<int64_t> levels;
    for (const Heading& heading : headings) levels.insert(heading.level);
    return limits.Allow(levels.size());
  };
}

// ---- Their wordings.

const std::u32string& Number() {
  static const std::u32string kNumber =
      U"(\\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\\d+)\\b)";
  return kNumber;
}

BacktrackingRegex AnyCase(const std::u32string& pattern) {
  return BacktrackingRegex(pattern, {.ignore_case = true});
}

// Nothing: a word that looks like a number word, as "ſix" does in any letter case.
absl::StatusOr<std::optional<int64_t>> ReadLevel(View text) {
  static const NumberWords kWords = {{U"one", 1},  {U"two", 2}, {U"three", 3}, {U"four", 4},
                                     {U"five", 5}, {U"six", 6}, {U"seven", 7}, {U"eight", 8},
                                     {U"nine", 9}, {U"ten", 10}};
  if (IsDecimal(text[0])) return ReadPythonInt(text);
  const auto word = kWords.find(ToLower(text));
  return word == kWords.end() ? std::nullopt : std::optional(word->second);
}

std::optional<RegexMatch> SearchAny(const std::vector<BacktrackingRegex>& patterns, View text,
                                    WorkBudget& budget) {
  for (const BacktrackingRegex& pattern : patterns) {
    if (auto match = pattern.Search(text, budget)) return match;
  }
  return std::nullopt;
}

bool HasAny(View text, std::initializer_list<View> phrases) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](View phrase) { return HasText(text, phrase); });
}

// A rule that always holds, for a clause that is understood but whose number is not a number.
Rule NoRule() {
  return [](const Headings&) { return true; };
}

// Sentences that are known as a whole; each of their clauses then says the same.
std::optional<Rule> ReadKnownSentence(View sentence, View lower) {
  if (HasAny(lower, {U"include headings at two levels: main and subheadings",
                     U"be structured with a main heading and subheadings"})) {
    return HasLevels({1, 2});
  }
  if (sentence == U"Questions must be organized under a level 2 heading.") {
    return [](const Headings& headings) {
      return !headings.empty() &&
             std::all_of(headings.begin(), headings.end(), [](const Heading& heading) {
               return heading.level == 2 || heading.content.find(U'?') == View::npos;
             });
    };
  }
  if (HasText(lower, U"include a single level 1 heading")) {
    return [](const Headings& headings) { return CountLevel(headings, 1) == 1; };
  }
  if (HasAny(lower, {U"be structured using a minimum of two heading levels",
                     U"include headings at two levels"})) {
    return HasNumberOfLevels({2, std::nullopt});
  }
  if (sentence ==
      U"format the response using Markdown, employing '##' for main points and '###' for subpoints "
      U"to clearly organize the information") {
    return HasLevels({2, 3});
  }
  return std::nullopt;
}

// "use heading levels 1 and 2"
MaybeRule ReadTwoLevels(View clause, WorkBudget& budget) {
  static const auto* const patterns = new std::vector<BacktrackingRegex>{
      AnyCase(U"use heading levels " + Number() + U" and " + Number()),
      AnyCase(U"use heading levels.*?level\\s*" + Number() + U".*?level\\s*" + Number())};
  const auto match = SearchAny(*patterns, clause, budget);
  if (!match) return std::nullopt;
  HIR_ASSIGN_OR_RETURN(const auto first, ReadLevel((*match)[1]));
  HIR_ASSIGN_OR_RETURN(const auto second, ReadLevel((*match)[2]));
  return first && second ? HasLevels({*first, *second}) : NoRule();
}

// "should use H1 and H2"
MaybeRule ReadListedLevels(View clause, WorkBudget& budget) {
  static const auto* const patterns = new std::vector<BacktrackingRegex>{
      AnyCase(U"a heading level " + Number()), AnyCase(U"H(\\d+)"),
      AnyCase(U"Level " + Number() + U" for")};
  std::vector<RegexMatch> matches;
  for (const BacktrackingRegex& pattern : *patterns) {
    matches = pattern.FindAll(clause, budget);
    if (!matches.empty()) break;
  }
  if (matches.empty() || !HasAny(clause, {U"must include", U"should"})) return std::nullopt;
  std::set<int64_t> levels;
  for (const RegexMatch& match : matches) {
    HIR_ASSIGN_OR_RETURN(const auto level, ReadLevel(match[1]));
    levels.insert(level.value_or(-1));  // No heading has it.
  }
  return HasLevels(std::move(levels));
}

// "a level 2 heading titled 'Steps'". The case of `clause` matters.
MaybeRule ReadTitledHeading(View clause, WorkBudget& budget) {
  static const auto* const patterns = new std::vector<BacktrackingRegex>{
      AnyCase(U"level " + Number() + U" heading titled [\"'](.*?)[\"']"),
      AnyCase(U"(?:a|at least one|two|three|four|five|six|seven|eight|nine|ten|\\d+) level " +
              Number() + U" heading with the text [\"'](.*?)[\"']")};
  if (!HasText(clause, U"titled")) return std::nullopt;
  const auto match = SearchAny(*patterns, StripRight(Strip(clause), U"."), budget);
  if (!match) return std::nullopt;
  HIR_ASSIGN_OR_RETURN(const auto level, ReadLevel((*match)[1]));
  if (!level) return NoRule();
  return [level = *level, title = std::u32string((*match)[2])](const Headings& headings) {
    return std::any_of(headings.begin(), headings.end(), [&](const Heading& heading) {
      return heading.level == level && heading.content == title;
    });
  };
}

// A wording of one number after which a level is asked for.
MaybeRule ReadOneLevel(const std::vector<BacktrackingRegex>& patterns, View clause,
                       Rule (*rule)(int64_t), WorkBudget& budget) {
  const auto match = SearchAny(patterns, clause, budget);
  if (!match) return std::nullopt;
  HIR_ASSIGN_OR_RETURN(const auto level, ReadLevel((*match)[1]));
  return level ? rule(*level) : NoRule();
}

// "include a level 2 heading"
MaybeRule ReadUsedLevel(View clause, WorkBudget& budget) {
  static const auto* const patterns = new std::vector<BacktrackingRegex>{
      AnyCase(U"(?:a|at least \\d+) heading level " + Number()),
      AnyCase(U"(?:a|at least one|two|three|four|five|six|seven|eight|nine|ten|\\d+) level " +
              Number() + U" heading"),
      AnyCase(U"must use a heading level of H(\\d+)")};
  return ReadOneLevel(*patterns, clause, HasLevel, budget);
}

// "use at most three heading levels"
MaybeRule ReadNumberOfLevels(View clause, WorkBudget& budget) {
  static const std::u32string kRelation = U"(at least|at most|exactly|up to|a maximum of|under) ";
  static const auto* const patterns =
      new std::vector<BacktrackingRegex>{AnyCase(kRelation + Number() + U" heading levels?"),
                                         AnyCase(kRelation + Number() + U" levels?")};
  const auto match = SearchAny(*patterns, clause, budget);
  if (!match) return std::nullopt;
  HIR_ASSIGN_OR_RETURN(const auto number, ReadLevel((*match)[2]));
  if (!number) return NoRule();
  const std::u32string relation = ToLower((*match)[1]);
  if (relation == U"at least") return HasNumberOfLevels({number, std::nullopt});
  if (relation == U"exactly") return HasNumberOfLevels({number, number});
  static const auto* const at_most =
      new std::set<View>{U"at most", U"up to", U"a maximum of", U"under"};
  if (at_most->contains(relation)) return HasNumberOfLevels({std::nullopt, number});
  return [](const Headings&) { return false; };
}

Rule HasNoDeeperLevel(int64_t deepest) {
  return [deepest](const Headings& headings) {
    return !headings.empty() &&
           std::all_of(headings.begin(), headings.end(),
                       [&](const Heading& heading) { return heading.level <= deepest; });
  };
}

Rule BeginsWithLevel(int64_t level) {
  return
      [level](const Headings& headings) { return !headings.empty() && headings[0].level == level; };
}

// The wordings that are tried last, in lower case.
MaybeRule ReadLowerClause(View clause, View lower_sentence, WorkBudget& budget) {
  static const BacktrackingRegex kUses = AnyCase(
      U"include|includes|included|including|use|using|used|uses|formatted|presented|organized|"
      U"structured|feature|should be|incorporate");
  static const std::vector<BacktrackingRegex> kDeepest = {AnyCase(
      U"(?:heading levels)? must (?:not exceed|be limited to)\\s+(?:level\\s+)?" + Number())};
  static const std::vector<BacktrackingRegex> kBegin = {
      AnyCase(U"must begin with a level " + Number() + U" heading")};
  static const std::vector<BacktrackingRegex> kUse = {AnyCase(U"use heading level " + Number())};
  std::optional<Rule> rule;
  if (kUses.Search(clause, budget)) {
    HIR_ASSIGN_OR_RETURN(rule, ReadUsedLevel(clause, budget));
    if (rule) return rule;
    HIR_ASSIGN_OR_RETURN(rule, ReadNumberOfLevels(clause, budget));
    if (rule) return rule;
  }
  HIR_ASSIGN_OR_RETURN(rule, ReadOneLevel(kDeepest, clause, HasNoDeeperLevel, budget));
  if (rule) return rule;
  HIR_ASSIGN_OR_RETURN(rule, ReadOneLevel(kBegin, clause, BeginsWithLevel, budget));
  if (rule) return rule;
  HIR_ASSIGN_OR_RETURN(rule, ReadOneLevel(kUse, clause, HasLevel, budget));
  if (rule) return rule;
  if (HasAny(lower_sentence, {U"include headings", U"includes headings", U"use heading levels",
                              U"using heading levels", U"presented under a separate heading",
                              U"separated with headings", U"with headings"})) {
    return [](const Headings& headings) { return !headings.empty(); };
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<Rule>> ReadRules(View sentence, View lower, WorkBudget& budget) {
  static const BacktrackingRegex kBetweenClauses(U"\\b(?:,)\\b");
  std::vector<Rule> rules;
  for (const View clause : kBetweenClauses.Split(sentence, budget)) {
    std::optional<Rule> rule = ReadKnownSentence(sentence, lower);
    if (!rule) {
      HIR_ASSIGN_OR_RETURN(rule, ReadTwoLevels(clause, budget));
    }
    if (!rule) {
      HIR_ASSIGN_OR_RETURN(rule, ReadListedLevels(clause, budget));
    }
    if (!rule) {
      HIR_ASSIGN_OR_RETURN(rule, ReadTitledHeading(clause, budget));
    }
    if (!rule) {
      const std::u32string lower_clause = ToLower(Strip(clause));
      HIR_ASSIGN_OR_RETURN(rule, ReadLowerClause(StripRight(lower_clause, U"."), lower, budget));
    }
    if (rule) rules.push_back(*std::move(rule));
  }
  return rules;
}

// ---- What else the sentence may ask for.

struct QuoteRule {
  std::optional<int64_t> least;  // Lines that must be quotes; nothing: all, blank ones too.

  bool Holds(const std::vector<View>& lines) const {
    const auto quotes = std::count_if(lines.begin(), lines.end(),
                                      [](View line) { return Strip(line).starts_with(U'>'); });
    return least ? quotes >= *least : quotes == static_cast<std::ptrdiff_t>(lines.size());
  }
};

absl::StatusOr<QuoteRule> ReadQuoteRule(View sentence, View lower, WorkBudget& budget) {
  static const BacktrackingRegex kNumber = AnyCase(Number() + U" block quotes");
  if (HasText(lower, U"at least")) {
    const auto match = kNumber.Search(sentence, budget);
    std::optional<int64_t> least;
    if (match) {
      HIR_ASSIGN_OR_RETURN(least, ReadLevel((*match)[1]));
    }
    if (!least) {
      return absl::InvalidArgumentError(
          "The sentence does not say how many block quotes are required.");
    }
    return QuoteRule{least};
  }
  if (HasAny(lower, {U"use block quotes", U"using block quotes", U"include a block quote",
                     U"using markdown block quotes", U"employ block quotes",
                     U"present the headline as a block quote"})) {
    return QuoteRule{1};
  }
  return QuoteRule{};
}

// Something between two "**" or "__" of one line.
bool HasBold(const std::vector<View>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](View line) {
    for (const View mark : {U"**", U"__"}) {
      const size_t begin = line.find(mark);
      if (begin != View::npos && line.find(mark, begin + mark.size()) != View::npos) return true;
    }
    return false;
  });
}

// re.search(r"^\s*[-\*\+]\s", line) of any line
bool HasBullet(const std::vector<View>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](View line) {
    const auto mark = std::find_if_not(line.begin(), line.end(), IsSpace);
    return mark != line.end() && View(U"-*+").find(*mark) != View::npos && mark + 1 != line.end() &&
           IsSpace(mark[1]);
  });
}

// A heading is a line of marks, white space and text; other lines are not headings.
Headings HeadingsOf(const std::vector<View>& lines) {
  Headings headings;
  for (const View line : lines) {
    const View bare = Strip(line);
    const size_t level = std::min(bare.find_first_not_of(U'#'), bare.size());
    if (level == 0 || level == bare.size() || !IsSpace(bare[level])) continue;
    headings.push_back({static_cast<int64_t>(level), Strip(bare.substr(level))});
  }
  return headings;
}

struct MarkdownRule {
  std::optional<QuoteRule> quotes;
  bool bold = false;
  bool bullets = false;
  bool each_heading = false;  // Every rule must hold for each heading on its own.
  std::vector<Rule> headings;
};

bool Holds(const MarkdownRule& rule, View text) {
  const std::vector<View> lines = Split(text, U"\n");
  if (rule.quotes && !rule.quotes->Holds(lines)) return false;
  if (rule.bold && !HasBold(lines)) return false;
  if (rule.bullets && !HasBullet(lines)) return false;
  const Headings headings = HeadingsOf(lines);
  const auto hold = [&](const Headings& some) {
    return std::all_of(rule.headings.begin(), rule.headings.end(),
                       [&](const Rule& holds) { return holds(some); });
  };
  if (!rule.each_heading) return hold(headings);
  return !headings.empty() && std::all_of(headings.begin(), headings.end(),
                                          [&](const Heading& heading) { return hold({heading}); });
}

absl::StatusOr<MarkdownRule> ReadMarkdownRule(View text, WorkBudget& budget) {
  const std::u32string lower = ToLower(text);
  MarkdownRule rule;
  if (HasText(lower, U"block quotes")) {
    HIR_ASSIGN_OR_RETURN(rule.quotes, ReadQuoteRule(text, lower, budget));
  }
  rule.bold = HasText(lower, U"bold");
  rule.bullets = HasText(lower, U"bullet points");
  rule.each_heading = HasAny(lower, {U"each", U"any"});
  HIR_ASSIGN_OR_RETURN(rule.headings, ReadRules(text, lower, budget));
  return rule;
}

}  // namespace

CheckFunction MarkdownCheck(View text, WorkBudget& budget) {
  auto rule = ReadMarkdownRule(text, budget);
  if (!rule.ok()) return RaisingCheck(rule.status());
  return [rule = *std::move(rule)](const ResponseText& response) {
    return PassIf(Holds(rule, response.text()));
  };
}

}  // namespace hir::muldimif
