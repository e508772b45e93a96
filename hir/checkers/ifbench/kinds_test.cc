// The quirks of the IFBench checkers, each by name, and where the rulesets differ.
#include "hir/checkers/ifbench/kinds.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/core/check_testing.h"

namespace hir::ifbench {
namespace {

using python::EncodeUtf8;
using ::testing::HasSubstr;

constexpr auto Strictly = StrictlyOf<RegisterKinds>;

constexpr auto Older = StrictlyOf<RegisterKinds, Ruleset::kIfbench2025>;

TEST(Ruleset, HasANameThatIsRead) {
  for (const Ruleset ruleset : {Ruleset::kIfbench020, Ruleset::kIfbench2025}) {
    EXPECT_EQ(*ParseRuleset(RulesetName(ruleset)), ruleset);
  }
  EXPECT_THAT(std::string(ParseRuleset("ifbench").status().message()), HasSubstr("ifbench-0.2.0"));
}

TEST(IfbenchCount, PunctuationAloneIsOneMoreWord) {
  EXPECT_EQ(Strictly("count:unique_word_count", R"({"N": 2})", "a A. -"), "1");
  EXPECT_EQ(Strictly("count:unique_word_count", R"({"N": 2})", "a A."), "0");
}

TEST(IfbenchCount, ConjunctionsAreCountedAsTheyAreWritten) {
  EXPECT_EQ(Strictly("count:conjunctions", R"({"small_n": 3})", "And and and, x"), "1");
  EXPECT_EQ(Strictly("count:conjunctions", R"({"small_n": 2})", "and and"), "0");
}

TEST(IfbenchCount, OlderNamesAreFoundInsideWords) {
  EXPECT_EQ(Strictly("count:person_names", R"({"N": 1})", "Emmas"), "0");
  EXPECT_EQ(Older("count:person_names", R"({"N": 1})", "Emmas"), "1");
}

TEST(IfbenchCount, PunctuationIsTakenOutOfNumbers) {
  EXPECT_EQ(Strictly("count:numbers", R"({"N": 1})", "3-4"), "1");
  EXPECT_EQ(Strictly("count:numbers", R"({"N": 2})", "1.5 and \u0663"), "1");
}

TEST(IfbenchCount, OneInterrobangIsNotAQuestionMark) {
  EXPECT_EQ(Strictly("count:punctuation", "{}", "a?! b, c; d: e. f! g?"), "1");
  EXPECT_EQ(Strictly("count:punctuation", "{}", "a?! b, c; d: e. f!"), "0");
  EXPECT_EQ(Strictly("count:punctuation", "{}", "a? b, c; d: e. f!"), "0");
  EXPECT_EQ(Strictly("count:punctuation", "{}", "? b, c; d: e. f! \u203d"), "1");
}

TEST(IfbenchCount, EveryNthWordIsJapaneseOrANumber) {
  EXPECT_EQ(Strictly("count:words_japanese", R"({"N": 2})", "a \u3042 b 12 c --"), "1");
  EXPECT_EQ(Strictly("count:words_japanese", R"({"N": 2})", "a b"), "0");
  EXPECT_EQ(Strictly("count:words_japanese", R"({"N": 0})", "a"), "r");
}

TEST(IfbenchCount, NewerPronounsAreTokens) {
  EXPECT_EQ(Strictly("count:pronouns", R"({"N": 2})", "This (she/her)"), "1");
  EXPECT_EQ(Older("count:pronouns", R"({"N": 3})", "This (she/her)"), "0");
  EXPECT_EQ(Older("count:pronouns", R"({"N": 2})", "This (she/her)"), "1");
}

TEST(IfbenchRatio, NothingToDivideByFailsOrRaises) {
  EXPECT_EQ(Strictly("ratio:stop_words", R"({"percentage": 50})", "!"), "0");
  EXPECT_EQ(Older("ratio:stop_words", R"({"percentage": 50})", "!"), "r");
  EXPECT_EQ(Strictly("ratio:overlap", R"({"reference_text": "abc", "percentage": 0})", "ab"), "0");
  EXPECT_EQ(Older("ratio:overlap", R"({"reference_text": "abc", "percentage": 0})", "ab"), "r");
}

TEST(IfbenchRatio, TrigramsAreOfCharacters) {
  EXPECT_EQ(Strictly("ratio:overlap", R"({"reference_text": "abcd", "percentage": 66.7})", "xabcd"),
            "1");
}

// Each share is what the official code's sets of trigrams give.
TEST(IfbenchRatio, TrigramsAreCountedInTextsOfAnyAlphabet) {
  const auto overlap = [](std::string_view text, std::string_view reference, double percentage) {
    return Strictly(
        "ratio:overlap",
        nlohmann::json{{"reference_text", reference}, {"percentage", percentage}}.dump(), text);
  };
  // "aaa", "aab", "abc", "bc.": three of four, whatever comes twice.
  EXPECT_EQ(overlap("aaaabc.", "aaabc aaabc", 75), "1");
  EXPECT_EQ(overlap("aaaabc.", "aaabc aaabc", 72.9), "0");
  EXPECT_EQ(overlap("aaaabc.", "aaabc aaabc", 77.1), "0");
  EXPECT_EQ(overlap("\u00e9t\u00e9 \u00e9t\u00e9", "\u00e9t\u00e9", 25), "1");  // One of four.
  EXPECT_EQ(overlap("abc", "", 1), "1");
  EXPECT_EQ(overlap("abc", "", 2.1), "0");
  // 200 different characters: 198 trigrams, half of them in the reference.
  std::string chinese, half;
  for (char32_t c = 0x4E00; c < 0x4E00 + 200; ++c) {
    chinese += EncodeUtf8(std::u32string(1, c));
    if (c < 0x4E00 + 101) half += EncodeUtf8(std::u32string(1, c));
  }
  EXPECT_EQ(overlap(chinese, half, 50), "1");
  EXPECT_EQ(overlap(chinese, half, 52.1), "0");
}

std::set<std::string> Trigrams(std::string_view text) {
  std::set<std::string> trigrams;
  for (size_t i = 2; i < text.size(); ++i) trigrams.emplace(text.substr(i - 2, 3));
  return trigrams;
}

// Of a long text the first part is counted, and all of it only if that does not decide.
TEST(IfbenchRatio, OverlapOfLongAndShortTextsIsThatOfTheirSets) {
  std::mt19937_64 random(3);
  const auto text_of = [&random](size_t most, size_t letters) {
    std::string text;
    for (size_t n = 3 + random() % most; n > 0; --n) {
      text += static_cast<char>('a' + random() % letters);
    }
    return text;
  };
  int passes = 0;
  for (int round = 0; round < 3000; ++round) {
    const size_t letters = 2 + random() % 9;
    const std::string text = text_of(600, letters), reference = text_of(60, letters);
    const std::set<std::string> own = Trigrams(text);
    size_t common = 0;
    for (const std::string& trigram : Trigrams(reference)) common += own.contains(trigram);
    const double overlap = 100.0 * static_cast<double>(common) / static_cast<double>(own.size());
    const double wanted = std::max(0.0, overlap + static_cast<double>(random() % 9) - 4.0);
    const double distance = std::abs(overlap - wanted);
    if (std::abs(distance - 2) < 1e-6) continue;  // A sum may be rounded to the other side.
    const bool passes_here = distance < 2;
    passes += passes_here;
    EXPECT_EQ(Strictly("ratio:overlap",
                       nlohmann::json{{"reference_text", reference}, {"percentage", wanted}}.dump(),
                       text),
              passes_here ? "1" : "0")
        << text << " " << reference << " " << wanted;
  }
  EXPECT_GT(passes, 500);
}

TEST(IfbenchRatio, NoSentenceOfEitherKindIsBalanced) {
  EXPECT_EQ(Strictly("ratio:sentence_type", "{}", "none"), "1");
  EXPECT_EQ(Strictly("ratio:sentence_balance", "{}", "One. Two? Three!"), "1");
  EXPECT_EQ(Strictly("ratio:sentence_words", "{}", "Abc. Abc. Abc."), "1");
}

TEST(IfbenchSentence, AlliterationRises) {
  EXPECT_EQ(Strictly("sentence:alliteration_increment", "{}", "One two. Big bad dog. A an as at."),
            "1");
  EXPECT_EQ(Strictly("sentence:alliteration_increment", "{}", "One two. Three more."), "0");
}

TEST(IfbenchSentence, SentenceZeroIsTheLast) {
  EXPECT_EQ(Strictly("sentence:keyword", R"({"word": "cat", "N": 0})", "A dog. A Cat."), "1");
  EXPECT_EQ(Strictly("sentence:keyword", R"({"word": "cat", "N": 1})", "Concatenate."), "0");
  EXPECT_EQ(Older("sentence:keyword", R"({"word": "cat", "N": 1})", "Concatenate."), "1");
  EXPECT_EQ(Strictly("sentence:keyword", R"({"word": "c++", "N": 1})", "I use c++x."), "1");
}

TEST(IfbenchWords, TheAlphabetLoops) {
  EXPECT_EQ(Strictly("words:alphabet", "{}", "Yes, zoo; and"), "1");
  EXPECT_EQ(Strictly("words:alphabet", "{}", "1 a"), "0");
  EXPECT_EQ(Strictly("words:alphabet", "{}", "?!"), "0");
  EXPECT_EQ(Older("words:alphabet", "{}", "?!"), "r");
}

TEST(IfbenchWords, OnlyPlainVowelsCount) {
  EXPECT_EQ(Strictly("words:vowel", "{}", "\u00e1\u00e9 aei"), "1");
  EXPECT_EQ(Strictly("words:vowel", "{}", "aeio"), "0");
  EXPECT_EQ(Strictly("words:vowel", "{}", "a\nb"), "0");
}

TEST(IfbenchWords, PalindromesAreFoundInAnyCaseAndAroundMarks) {
  const auto ten = [](std::string_view last) {
    std::string text;
    for (int i = 0; i < 9; ++i) text += "level ";
    return Strictly("words:palindrome", "{}", text.append(last));
  };
  EXPECT_EQ(ten("(Madam),"), "1");
  EXPECT_EQ(ten("ma-dam"), "1");
  EXPECT_EQ(ten("noon"), "0");        // Too short.
  EXPECT_EQ(ten("\u212aayak"), "1");  // The sign for kelvin is a k in lower case.
  EXPECT_EQ(ten("\u00c9t\u00e9t\u00e9"), "1");
  EXPECT_EQ(ten("\u03a3aba\u03a3"), "0");  // A last sigma is another letter.
  EXPECT_EQ(ten("levels"), "0");
}

TEST(IfbenchWords, NothingIsPrime) {
  EXPECT_EQ(Strictly("words:prime_lengths", "{}", "..."), "1");
  EXPECT_EQ(Strictly("words:prime_lengths", "{}", "ab abc"), "1");
  EXPECT_EQ(Strictly("words:prime_lengths", "{}", "abcd"), "0");
}

TEST(IfbenchWords, AParagraphOfMarksIsSkippedOrRaises) {
  EXPECT_EQ(Strictly("words:paragraph_last_first", "{}", "a b a\n---"), "1");
  EXPECT_EQ(Older("words:paragraph_last_first", "{}", "a b a\n---"), "r");
}

TEST(IfbenchPlaces, AFinalMarkIsNoWord) {
  const char* keyword = R"({"keyword": "cat"})";
  EXPECT_EQ(Strictly("words:words_position", keyword, "A Cat or cat here."), "1");
  EXPECT_EQ(Older("words:words_position", keyword, "A cat or cat."), "1");
  EXPECT_EQ(Older("words:words_position", keyword, "A Cat or cat."), "0");
  const char* place = R"({"keyword": "cat", "n": 1, "m": 2})";
  EXPECT_EQ(Strictly("words:keywords_specific_position", place, "A, CAT."), "1");
  EXPECT_EQ(Older("words:keywords_specific_position", place, "A, cat."), "0");
}

TEST(IfbenchFormat, LettersAreGivenAsTheyStand) {
  EXPECT_EQ(Strictly("format:options", R"x({"options": "a), b), c)"})x", "a)"), "1");
  EXPECT_EQ(Strictly("format:options", R"x({"options": "a), b), c)"})x", "A"), "0");
  EXPECT_EQ(Strictly("format:options", R"({"options": "yes/no"})", "Yes!"), "1");
  EXPECT_EQ(Strictly("format:options", R"({"options": "for you, me"})", "f"), "1");
}

TEST(IfbenchFormat, AnEmojiMayBeginTheNextSentence) {
  EXPECT_EQ(Strictly("format:emoji", "{}", "Hi there. \U0001F600 Bye \U0001F600"), "1");
  EXPECT_EQ(Strictly("format:emoji", "{}", "Hi."), "0");
  EXPECT_EQ(Older("format:emoji", "{}", "..."), "r");
}

TEST(IfbenchFormat, ClosingOneOfFiveLevelsIsEnough) {
  EXPECT_EQ(Strictly("format:parentheses", "{}", "([{([x]"), "1");
  EXPECT_EQ(Strictly("format:parentheses", "{}", "([{(x)"), "0");
  EXPECT_EQ(Strictly("format:parentheses", "{}", "([{([)([]"), "0");
  EXPECT_EQ(Strictly("format:quotes", "{}", "\"'\"a\"'\""), "1");
}

TEST(IfbenchFormat, OneLetterInLowerCaseIsNoTitle) {
  EXPECT_EQ(Strictly("format:title_case", "{}", "A Tale Of iPhone AND 2nd"), "1");
  EXPECT_EQ(Strictly("format:title_case", "{}", "What a Tale"), "0");
  EXPECT_EQ(Older("format:title_case", "{}", "What a Tale"), "1");
}

TEST(IfbenchFormat, OlderCurlyQuotesAreQuotes) {
  EXPECT_EQ(Strictly("format:quote_unquote", "{}", "He said \u201cno\u201d."), "1");
  EXPECT_EQ(Older("format:quote_unquote", "{}", "He said \u201cno\u201d."), "0");
  EXPECT_EQ(Strictly("format:quote_unquote", "{}", "a '\"'\n'\"' \"b\" c"), "1");
  EXPECT_EQ(Strictly("format:quote_unquote", "{}", "a \"'\"'\"b"), "0");  // What is left touches.
  EXPECT_EQ(Strictly("format:quote_unquote", "{}", "He said \"no\" 12."), "0");
  EXPECT_EQ(Strictly("format:quote_unquote", "{}", "12."), "1");
  EXPECT_EQ(Older("format:quote_unquote", "{}", "12."), "r");
}

TEST(IfbenchFormat, EmphasisLeavesItsOwnCharacters) {
  EXPECT_EQ(Strictly("format:thesis", "{}", "<em></em>"), "1");
  EXPECT_EQ(Strictly("format:thesis", "{}", "<i> </i> x"), "0");
  EXPECT_EQ(Strictly("format:sub-bullets", "{}", "none"), "1");
  EXPECT_EQ(Strictly("format:sub-bullets", "{}", "* a\n - b\n**c**"), "0");
  EXPECT_EQ(Strictly("format:sub-bullets", "{}", "- a * b - c - d * e-f"), "1");
  EXPECT_EQ(Strictly("format:sub-bullets", "{}", "* a - b * c"), "0");
}

TEST(IfbenchLines, ABlankLineBehindABlankLineStays) {
  EXPECT_EQ(Strictly("format:line_indent", "{}", "a\n\n b"), "1");
  EXPECT_EQ(Strictly("format:line_indent", "{}", "a\n\n\n b"), "0");
  EXPECT_EQ(Strictly("format:no_bullets_bullets", "{}", "One. Two.\n* a\n* b"), "1");
  EXPECT_EQ(Strictly("format:no_bullets_bullets", "{}", "One. Two.\n* a\n* b\n"), "0");
}

TEST(IfbenchRepeat, OlderSpansAreOfWords) {
  const char* span = R"({"prompt_to_repeat": "one two three", "n_start": 1, "n_end": 2})";
  EXPECT_EQ(Strictly("repeat:repeat_span", span, "NE"), "1");
  EXPECT_EQ(Older("repeat:repeat_span", span, "Two"), "1");
  const char* prompt = R"({"prompt_to_repeat": "Write it now"})";
  EXPECT_EQ(Strictly("repeat:repeat_change", prompt, "Read it  now"), "1");
  EXPECT_EQ(Older("repeat:repeat_change", prompt, "Read it now"), "0");
  EXPECT_EQ(Older("repeat:repeat_change", prompt, "Xrite it now"), "1");
}

TEST(IfbenchCustom, DatesMayHaveMonthZero) {
  EXPECT_EQ(Strictly("custom:date_format_list", "{}", "1796-00-99, 1805-02-29"), "1");
  EXPECT_EQ(Strictly("custom:date_format_list", "{}", "1822-01-01"), "0");
  EXPECT_EQ(Strictly("custom:date_format_list", "{}", "1800-04-31"), "0");
  EXPECT_EQ(Strictly("custom:date_format_list", "{}", "\u0661\u0668\u0660\u0660-01-01"), "1");
}

TEST(IfbenchCustom, AWordReversedAnswerIsOneSentence) {
  EXPECT_EQ(Strictly("custom:word_reverse", "{}", "eagle bald the is It"), "1");
  EXPECT_EQ(Strictly("custom:word_reverse", "{}", "Eagle bald, it is"), "1");
  EXPECT_EQ(Strictly("custom:word_reverse", "{}", "It is the bald eagle"), "0");
  EXPECT_EQ(Strictly("custom:character_reverse", "{}", "ELGAE DLAB"), "1");
  EXPECT_EQ(Strictly("custom:multiples", "{}", "14,21,28, 35 42 49"), "1");
  EXPECT_EQ(Strictly("custom:multiples", "{}", "14,21,28,35,42,49,56"), "0");
}

TEST(IfbenchCsv, RowsAndFieldsAreCounted) {
  std::string table = "ID,Country,City,Year,Count\n";
  for (int i = 0; i < 7; ++i) table += "1,\"a, b\",c,d,e\n";
  EXPECT_EQ(Strictly("custom:csv_city", "{}", table), "1");
  EXPECT_EQ(Strictly("custom:csv_city", "{}", table + "\n"), "0");
  EXPECT_EQ(Strictly("custom:csv_city", "{}", "a\rb"), "r");
}

}  // namespace
}  // namespace hir::ifbench
