// IFTrain: how often keywords, words and letters occur, and where.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/checkers/core/paragraphs.h"
#include "hir/checkers/core/python_lists.h"
#include "hir/checkers/core/regex_sentences.h"
#include "hir/checkers/ifeval/keywords.h"
#include "hir/text/nltk/word_tokenize.h"
#include "hir/text/python/unicode.h"

namespace hir::iftrain {
namespace {

using nltk::kWordTokenizeWork;
using nltk::SentenceMemo;
using nltk::WordTokens;
using python::IsWord;
using python::Strip;
using python::View;
using regex::RegexOptions;
using scan::ScanText;
using scan::TextSpan;

constexpr RegexOptions kIgnoreCase = {.ignore_case = true};

// The keyword, stripped. INVALID_ARGUMENT: it is empty, for which the official code draws one.
absl::StatusOr<std::u32string> Keyword(const Arguments& arguments, std::string_view name) {
  HIR_ASSIGN_OR_RETURN(const std::u32string keyword, arguments.NotEmptyString(name));
  return std::u32string(Strip(keyword));
}

absl::StatusOr<ArgumentPattern> KeywordPattern(const Arguments& arguments, std::string_view name) {
  HIR_ASSIGN_OR_RETURN(const std::u32string keyword, Keyword(arguments, name));
  return ArgumentPattern::Create(arguments, name, keyword, kIgnoreCase);
}

StatusOrChecker MakeWordOnce(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(ArgumentPattern pattern, KeywordPattern(arguments, "keyword"));
  return CheckerFrom([pattern = std::move(pattern)](const ResponseText& response) {
    const absl::StatusOr<size_t> count = pattern.Count(response.subject());
    if (!count.ok()) return Undecidable(std::string(count.status().message()));
    return PassIf(*count == 1);
  });
}

StatusOrChecker MakeWordCount(const Arguments& arguments) {
  if (arguments.Has("relation")) return ifeval::MakeKeywordFrequency(arguments);
  // The data sets themselves omit it.
  return CheckerFrom([](const ResponseText&) {
    return Undecidable("The official checker draws a random relation when none is given.");
  });
}

StatusOrChecker MakeIncrement(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(ArgumentPattern once, KeywordPattern(arguments, "keyword1"));
  HIR_ASSIGN_OR_RETURN(ArgumentPattern twice, KeywordPattern(arguments, "keyword2"));
  return CheckerFrom(
      [once = std::move(once), twice = std::move(twice)](const ResponseText& response) {
        const absl::StatusOr<size_t> first = once.Count(response.subject());
        if (!first.ok()) return Undecidable(std::string(first.status().message()));
        const absl::StatusOr<size_t> second = twice.Count(response.subject());
        if (!second.ok()) return Undecidable(std::string(second.status().message()));
        return PassIf(*first == 1 && *second == 2);
      });
}

// Only between two spaces: edges of lines and punctuation escape it.
StatusOrChecker MakeExcludedWord(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(const std::u32string keyword, Keyword(arguments, "keyword"));
  return CheckerFrom(
      [spaced = std::u32string(U" ").append(keyword).append(U" ")](const ResponseText& response) {
        return PassIf(response.text().find(spaced) == View::npos);
      });
}

StatusOrChecker MakeKeywordAt(const Arguments& arguments) {
  HIR_ASSIGN_OR_RETURN(const std::u32string keyword, Keyword(arguments, "keyword"));
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("n"));
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("m"));
  const int64_t sentence = arguments.Integer("n");
  const int64_t word = arguments.Integer("m");
  return CheckerFrom([keyword, sentence, word](const ResponseText& response) {
    constexpr char kNoPlace[] = "The official checker raises: the place is before the beginning.";
    const std::vector<std::u32string>& sentences = response.regex_sentences();
    if (static_cast<int64_t>(sentences.size()) < sentence) return PassIf(false);
    const size_t at = PythonIndex(sentence - 1, sentences.size());
    if (at == sentences.size()) return Undecidable(kNoPlace);
    const auto work = static_cast<int64_t>(sentences[at].size()) * kWordTokenizeWork;
    if (!response.budget().Charge(work)) return Undecidable(kWorkBudgetExhausted);
    const std::vector<View> words = WordTokens(ScanText(sentences[at]), response.sentence_memo());
    if (static_cast<int64_t>(words.size()) < word) return PassIf(false);
    const size_t place = PythonIndex(word - 1, words.size());
    if (place == words.size()) return Undecidable(kNoPlace);
    return PassIf(words[place] == keyword);
  });
}

// Runs of word characters that are all a-z: "don't" has two.
size_t CountLowercaseWords(View text) {
  size_t count = 0;
  bool in_word = false, lowercase = false;
  for (const char32_t c : text) {
    if (IsWord(c)) {
      lowercase = (!in_word || lowercase) && c >= U'a' && c <= U'z';
      in_word = true;
      continue;
    }
    count += in_word && lowercase;
    in_word = false;
  }
  return count + (in_word && lowercase ? 1 : 0);
}

StatusOrChecker MakeLowercaseWords(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("N"));
  return CheckerFrom([most = arguments.Integer("N")](const ResponseText& response) {
    return PassIf(static_cast<int64_t>(CountLowercaseWords(response.text())) <= most);
  });
}

// A relation that is not known fails every response.
StatusOrChecker MakeLetters(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("N"));
  const std::u32string relation = arguments.String("relation");
  if (relation.empty()) return arguments.Error("relation", "it must not be empty");
  return CheckerFrom([wanted = arguments.Integer("N"), relation](const ResponseText& response) {
    const std::u32string& text = response.text();
    const int64_t letters = std::count_if(text.begin(), text.end(), [](char32_t c) {
      return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
    });
    return PassIf((relation == U"at least" && letters >= wanted) ||
                  (relation == U"less than" && letters < wanted));
  });
}

// Whether a paragraph has the wanted number of sentences, each with the wanted number of tokens;
// the final mark is a token.
bool IsComposed(View paragraph, int64_t sentences, int64_t words, SentenceMemo& memo) {
  const std::vector<std::u32string> found = RegexSentences(paragraph);
  return static_cast<int64_t>(found.size()) == sentences &&
         std::all_of(found.begin(), found.end(), [&](const std::u32string& sentence) {
           return static_cast<int64_t>(WordTokens(ScanText(sentence), memo).size()) == words;
         });
}

// Three paragraphs between dividers. A blank piece at either end has no sentence and fails.
StatusOrChecker MakeComposition(const Arguments& arguments) {
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("n_sent"));
  HIR_RETURN_IF_ERROR(arguments.RequireNotZero("n_words"));
  const int64_t sentences = arguments.Integer("n_sent");
  const int64_t words = arguments.Integer("n_words");
  return CheckerFrom([sentences, words](const ResponseText& response) {
    const auto size = static_cast<int64_t>(response.text().size());
    if (!response.budget().Charge(size * (kRegexSentenceWork + kWordTokenizeWork))) {
      return Undecidable(kWorkBudgetExhausted);
    }
    const ScanText& text = response.scan();
    const std::vector<TextSpan> paragraphs = SplitAtDividers(text);
    return PassIf(paragraphs.size() == 3 &&
                  std::all_of(paragraphs.begin(), paragraphs.end(), [&](TextSpan paragraph) {
                    return IsComposed(CodePointsOf(text, paragraph), sentences, words,
                                      response.sentence_memo());
                  }));
  });
}

}  // namespace

void RegisterCount(CheckerRegistry& registry) {
  using enum ArgumentType;
  const ArgumentSpec keyword = {"keyword", kString};
  registry.Register({"keywords:word_once", {keyword}, MakeWordOnce});
  registry.Register({"keywords:word_count_different_numbers",
                     {keyword, {"frequency", kInteger}, {"relation", kString, false}},
                     MakeWordCount});
  registry.Register({"keywords:exclude_word_harder", {keyword}, MakeExcludedWord});
  registry.Register({"keywords:keyword_specific_position",
                     {{"keyword", kFirstString}, {"n", kInteger}, {"m", kInteger}},
                     MakeKeywordAt});
  registry.Register({"count:count_increment_word",
                     {{"keyword1", kString}, {"keyword2", kString}},
                     MakeIncrement});
  registry.Register({"count:lowercase_counting", {{"N", kInteger}}, MakeLowercaseWords});
  registry.Register(
      {"letters:letter_counting", {{"N", kInteger}, {"relation", kString}}, MakeLetters});
  registry.Register({"letters:letter_counting2",
                     {{"letter", kString}, {"let_frequency", kInteger}, {"let_relation", kString}},
                     ifeval::MakeLetterFrequency});
  registry.Register({"count:counting_composition",
                     {{"n_sent", kInteger}, {"n_words", kInteger}},
                     MakeComposition});
}

}  // namespace hir::iftrain
