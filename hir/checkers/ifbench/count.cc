// IFBench: the number of words, names, numbers and marks.
#include <algorithm>
#include <array>
#include <bitset>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/checkers/ifbench/common.h"
#include "hir/text/nltk/word_tokenize.h"
#include "hir/text/python/ascii_punctuation.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/scan_text.h"
#include "hir/text/scan/word_tables.h"

namespace hir::ifbench {
namespace {

using nltk::ForEachSentenceTokens;
using nltk::kWordTokenizeWork;
using python::IsDigit;
using python::Split;
using python::Strip;
using python::ToLower;
using python::View;
using python::WithoutPunctuation;
using scan::IsDecimalByte;
using scan::IsUpperByte;
using scan::Needle;
using scan::Places;
using scan::ScanText;
using scan::TextSpan;
using scan::Tokens;
using scan::WordCounts;
using scan::WordList;

constexpr std::array<View, 7> kConjunctions = {U"and", U"but", U"for", U"nor",
                                               U"or",  U"so",  U"yet"};
constexpr View kNames[] = {
    U"Emma",     U"Liam",     U"Sophia",   U"Jackson", U"Olivia",      U"Noah",      U"Ava",
    U"Lucas",    U"Isabella", U"Mason",    U"Mia",     U"Ethan",       U"Charlotte", U"Alexander",
    U"Amelia",   U"Benjamin", U"Harper",   U"Leo",     U"Zoe",         U"Daniel",    U"Chloe",
    U"Samuel",   U"Lily",     U"Matthew",  U"Grace",   U"Owen",        U"Abigail",   U"Gabriel",
    U"Ella",     U"Jacob",    U"Scarlett", U"Nathan",  U"Victoria",    U"Elijah",    U"Layla",
    U"Nicholas", U"Audrey",   U"David",    U"Hannah",  U"Christopher", U"Penelope",  U"Thomas",
    U"Nora",     U"Andrew",   U"Aria",     U"Joseph",  U"Claire",      U"Ryan",      U"Stella",
    U"Jonathan"};
// The older copy knows the first kPronouns2025 of them.
constexpr size_t kPronouns2025 = 31;
constexpr View kPronouns[] = {
    U"i",          U"me",        U"my",         U"mine",     U"myself",   U"we",        U"us",
    U"our",        U"ours",      U"ourselves",  U"you",      U"your",     U"yours",     U"yourself",
    U"yourselves", U"he",        U"him",        U"his",      U"himself",  U"she",       U"her",
    U"hers",       U"herself",   U"it",         U"its",      U"itself",   U"they",      U"them",
    U"their",      U"theirs",    U"themselves", U"this",     U"that",     U"these",     U"those",
    U"who",        U"whom",      U"whose",      U"which",    U"what",     U"whoever",   U"whomever",
    U"whatever",   U"whichever", U"anybody",    U"anyone",   U"anything", U"everybody", U"everyone",
    U"everything", U"nobody",    U"nothing",    U"somebody", U"someone",  U"something", U"each",
    U"either",     U"neither",   U"both",       U"all",      U"some",     U"any",       U"none"};

StatusOrChecker MakeWordRange(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("min_words", 0));
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("max_words", 0));
  return CheckerFrom([least = arguments.Integer("min_words"),
                      most = arguments.Integer("max_words")](const ResponseText& response) {
    const auto words = static_cast<int64_t>(CountWords(response.scan()));
    return PassIf(least <= words && words <= most);
  });
}

// A token of punctuation alone counts as one more word, the empty one.
StatusOrChecker MakeUniqueWords(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("N", 0));
  return CheckerFrom(
      [least = static_cast<size_t>(arguments.Integer("N"))](const ResponseText& response) {
        const ScanText& text = response.lower_scan();
        WordCounts words(text);
        for (Tokens token(text); words.size() < least && token.Next();) {
          words.Add(StripMarks(text, *token));
        }
        return PassIf(words.size() >= least);
      });
}

// "And", "and" and "and," are three.
StatusOrChecker MakeConjunctions(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("small_n", 0));
  return CheckerFrom(
      [least = static_cast<size_t>(arguments.Integer("small_n"))](const ResponseText& response) {
        static const auto* const conjunctions = new WordList(kConjunctions);
        const ScanText& text = response.scan();
        const LowerFinder in_lower(response, *conjunctions);
        WordCounts found(text);
        for (Tokens token(text); found.size() < least && token.Next();) {
          if (in_lower.Contains(StripMarks(text, *token))) found.Add(*token);
        }
        return PassIf(found.size() >= least);
      });
}

// How many of the names are words of the text.
int64_t CountNames(const ScanText& text) {
  static const auto* const names = new WordList(kNames);
  std::bitset<std::size(kNames)> found;
  Places<IsUpperByte> capitals(text);
  for (size_t at = 0; (at = capitals.NextFrom(at)) != View::npos; ++at) {
    if (at > 0 && IsWordAt(text, at - 1)) continue;
    size_t end = at + 1;
    while (end < text.size() && IsWordAt(text, end)) ++end;
    const size_t name = names->Find(text, {at, end - at});
    if (name != WordList::kNone) found.set(name);
  }
  return static_cast<int64_t>(found.count());
}

// How many of the names occur anywhere in the text, inside words too.
int64_t CountPartsThatAreNames(const ScanText& text) {
  static const auto* const names = new std::vector<Needle>(std::begin(kNames), std::end(kNames));
  return std::count_if(names->begin(), names->end(),
                       [&text](const Needle& name) { return HasText(text, name); });
}

// In the older copy "Ana" finds a name in "Anavalley", too.
StatusOrChecker MakeNames(const Arguments& arguments, Ruleset ruleset) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("N", 0));
  const bool whole = ruleset == Ruleset::kIfbench020;
  return CheckerFrom([least = arguments.Integer("N"), whole](const ResponseText& response) {
    const ScanText& text = response.scan();
    return PassIf((whole ? CountNames(text) : CountPartsThatAreNames(text)) >= least);
  });
}

// Punctuation is deleted first: "3-4" and "1.5" are one number each.
StatusOrChecker MakeNumbers(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("N", 0));
  return CheckerFrom([wanted = arguments.Integer("N")](const ResponseText& response) {
    const size_t numbers = CountRuns(response.scan().WithoutMarks(), IsDecimalByte());
    return PassIf(static_cast<int64_t>(numbers) == wanted);
  });
}

// One interrobang is removed; the rest must have each of . , ! ? ; :
CheckResult HasEveryMark(const ResponseText& response) {
  static const auto* const interrobangs =
      new std::array<Needle, 3>{Needle(U"?!"), Needle(U"!?"), Needle(U"\u203d")};
  const ScanText& text = response.scan();
  size_t at = FindText(text, (*interrobangs)[0]);
  if (at == View::npos) at = FindText(text, (*interrobangs)[1]);
  if (at == View::npos && !HasText(text, (*interrobangs)[2])) return PassIf(false);
  const TextSpan taken_out = at == View::npos ? TextSpan{0, 0} : TextSpan{at, 2};
  constexpr std::string_view kMarks = ".,!?;:";
  return PassIf(std::all_of(kMarks.begin(), kMarks.end(), [&text, taken_out](char mark) {
    size_t found = FindByte(text, mark);
    while (found >= taken_out.begin && found < taken_out.end()) {
      found = FindByte(text, mark, found + 1);
    }
    return found != View::npos;
  }));
}

bool IsJapanese(char32_t c) { return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x4e00 && c <= 0x9fff); }

bool IsNumber(View word) {
  return std::all_of(word.begin(), word.end(), [](char32_t c) { return IsDigit(c); });
}

// Words that are digits or punctuation only pass.
StatusOrChecker MakeJapanese(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("N", 0));
  const auto every = static_cast<size_t>(arguments.Integer("N"));
  return CheckerFrom([every](const ResponseText& response) {
    if (every == 0) return Undecidable("The official checker divides by zero here.");
    const ScanText& text = response.scan();
    size_t tokens = 0;
    for (Tokens token(text); token.Next();) {
      if (++tokens % every != 0) continue;
      const View word = CodePointsOf(text, StripMarks(text, *token));
      if (!word.empty() && !IsNumber(word) && std::none_of(word.begin(), word.end(), IsJapanese)) {
        return PassIf(false);
      }
    }
    return PassIf(true);
  });
}

// A slash divides words. The older copy knows fewer pronouns and splits at white space.
StatusOrChecker MakePronouns(const Arguments& arguments, Ruleset ruleset) {
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast("N", 0));
  const bool older = ruleset == Ruleset::kIfbench2025;
  return CheckerFrom([least = arguments.Integer("N"), older](const ResponseText& response) {
    static const auto* const pronouns = new WordList(kPronouns);
    const size_t known = older ? kPronouns2025 : std::size(kPronouns);
    int64_t left = least;
    const auto find_in = [&](absl::Span<const View> words) {
      for (const View word : words) left -= pronouns->Find(word) < known;
      return left > 0;
    };
    std::u32string text = response.lower();
    std::replace(text.begin(), text.end(), U'/', U' ');
    if (older) {
      text = WithoutPunctuation(text);
      return PassIf(!find_in(Split(text)));
    }
    if (!response.budget().Charge(static_cast<int64_t>(text.size()) * kWordTokenizeWork)) {
      return Undecidable(kWorkBudgetExhausted);
    }
    if (left > 0) {
      ForEachSentenceTokens(ScanText(std::move(text)), response.sentence_memo(), find_in);
    }
    return PassIf(left <= 0);
  });
}

// str.count()
int64_t Occurrences(const ScanText& text, const Needle& keyword) {
  if (keyword.size() == 0) return static_cast<int64_t>(text.size()) + 1;
  int64_t count = 0;
  for (size_t at = 0; (at = FindText(text, keyword, at)) != View::npos; at += keyword.size()) {
    ++count;
  }
  return count;
}

StatusOrChecker MakeKeywords(const Arguments& arguments) {
  constexpr std::array<std::pair<const char*, int64_t>, 5> kWanted = {
      {{"keyword1", 1}, {"keyword2", 2}, {"keyword3", 3}, {"keyword4", 5}, {"keyword5", 7}}};
  std::vector<std::pair<Needle, int64_t>> keywords;
  for (const auto& [name, count] : kWanted) {
    keywords.emplace_back(ToLower(Strip(arguments.String(name))), count);
  }
  return CheckerFrom([keywords](const ResponseText& response) {
    return PassIf(std::all_of(keywords.begin(), keywords.end(), [&](const auto& keyword) {
      return Occurrences(response.lower_scan(), keyword.first) == keyword.second;
    }));
  });
}

}  // namespace

void RegisterCount(CheckerRegistry& registry, Ruleset ruleset) {
  using enum ArgumentType;
  const ArgumentSpec number = {"N", kInteger};
  registry.Register({"count:word_count_range",
                     {{"min_words", kInteger}, {"max_words", kInteger}},
                     MakeWordRange});
  registry.Register({"count:unique_word_count", {number}, MakeUniqueWords});
  registry.Register({"count:conjunctions", {{"small_n", kInteger}}, MakeConjunctions});
  registry.Register({"count:person_names", {number}, [ruleset](const Arguments& arguments) {
                       return MakeNames(arguments, ruleset);
                     }});
  registry.Register({"count:numbers", {number}, MakeNumbers});
  RegisterPlain(registry, "count:punctuation", HasEveryMark);
  registry.Register({"count:words_japanese", {number}, MakeJapanese});
  registry.Register({"count:pronouns", {number}, [ruleset](const Arguments& arguments) {
                       return MakePronouns(arguments, ruleset);
                     }});
  registry.Register({"count:keywords_multiple",
                     {{"keyword1", kString},
                      {"keyword2", kString},
                      {"keyword3", kString},
                      {"keyword4", kString},
                      {"keyword5", kString}},
                     MakeKeywords});
}

}  // namespace hir::ifbench
