// What a verdict may cost, and what becomes of it when it costs more.
#include "hir/base/work_budget.h"

#include <stdexcept>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/check_testing.h"
#include "hir/checkers/core/checker_builder.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

std::string Strictly(std::string_view kind, std::string_view arguments, std::string_view text) {
  return StrictlyBy(AllCheckers(), kind, arguments, text);
}

std::string Repeated(std::string_view piece, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text.append(piece);
  return text;
}

const std::string& OrdinaryMegabyte() {
  static const auto* const text = new std::string(Repeated(
      "The quick brown fox, they say, jumps over Mr. Smith's lazy dog. Does it? Yes!\n", 1 << 20));
  return *text;
}

constexpr char kCapitals[] = R"({"capital_frequency": 1, "capital_relation": "at least"})";

TEST(WorkBudget, DecidesAMegabyteOfOrdinaryText) {
  EXPECT_EQ(Strictly("change_case:capital_word_frequency", kCapitals, OrdinaryMegabyte()), "0");
  EXPECT_EQ(Strictly("length_constraints:number_sentences",
                     R"({"num_sentences": 1000, "relation": "at least"})", OrdinaryMegabyte()),
            "1");
  EXPECT_EQ(Strictly("language:response_language", R"({"language": "en"})", OrdinaryMegabyte()),
            "1");
}

TEST(WorkBudget, DecidesManyPatternsOnAMegabyteOfOrdinaryText) {
  const std::string russian = Repeated("\u0411\u044B\u043B \u0434\u043E\u043C. ", 1 << 20);
  nlohmann::json words;
  for (int i = 0; i < 30; ++i) words.push_back("\u0434\u0430" + std::to_string(i));
  const std::string arguments = nlohmann::json{{"forbidden_words", words}}.dump();
  EXPECT_EQ(Strictly("keywords:forbidden_words", arguments, OrdinaryMegabyte()), "1");
  EXPECT_EQ(Strictly("keywords:forbidden_words", arguments, russian), "1");
}

TEST(WorkBudget, LeavesAnOverlongTextUndecidableEachTime) {
  const ResponseText text(std::u32string(4'000'000, U'A'));
  const auto checker =
      AllCheckers().Create("change_case:capital_word_frequency", nlohmann::json::parse(kCapitals));
  ASSERT_TRUE(checker.ok()) << checker.status();
  EXPECT_EQ(CheckText(**checker, text), Undecidable(kWorkBudgetExhausted));
  EXPECT_EQ(CheckText(**checker, text), Undecidable(kWorkBudgetExhausted));
}

TEST(WorkBudget, GivesNothingDerivedOnceItIsSpent) {
  const ResponseText text(U"A perfectly ordinary sentence.");
  text.budget() = WorkBudget(10);
  EXPECT_TRUE(text.sentences().empty());
  EXPECT_TRUE(text.tokens().empty());
  EXPECT_EQ(text.language().status().code(), absl::StatusCode::kResourceExhausted);
  text.budget() = WorkBudget();
  EXPECT_EQ(text.sentences().size(), 1u);
}

TEST(WorkBudget, LeavesUndecidableWhateverACheckerMakesOfNothing) {
  const auto spending = CheckerFrom([](const ResponseText& response) {
    return PassIf(!response.budget().Charge(2 * WorkBudget::kSteps));
  });
  EXPECT_EQ(CheckText(*spending, ResponseText(U"a")), Undecidable(kWorkBudgetExhausted));
}

TEST(WorkBudget, LeavesACostlyPatternUndecidable) {
  EXPECT_EQ(Strictly("keywords:existence", R"({"keywords": ["[ab]{1,4000}[cd]"]})",
                     std::string(100'000, 'a')),
            "r");
}

TEST(WorkBudget, IsNotNeededForAPatternThatTheTextLacksALiteralOf) {
  EXPECT_EQ(Strictly("keywords:existence", R"({"keywords": ["[ab]{1,4000}c"]})",
                     std::string(100'000, 'a')),
            "0");
}

TEST(WorkBudget, IsOneForAllPatternsOfAVerdict) {
  const std::string text = std::string(10'000, 'a') + "c";
  nlohmann::json keywords;
  const auto existence = [&] {
    return Strictly("keywords:existence", nlohmann::json{{"keywords", keywords}}.dump(), text);
  };
  keywords.push_back("[ab]{1,1000}c");
  EXPECT_EQ(existence(), "1");
  for (int i = 0; i < 40; ++i) keywords.push_back("[ab]{1,1000}c|" + std::to_string(i));
  EXPECT_EQ(existence(), "r");
}

TEST(WorkBudget, IsNewForEachVerdict) {
  const ResponseText text(std::u32string(1'000'000, U'A'));
  const auto counting =
      CheckerFrom([](const ResponseText& response) { return PassIf(!response.tokens().empty()); });
  for (int i = 0; i < 8; ++i) EXPECT_EQ(CheckText(*counting, text), PassIf(true));
}

TEST(CheckText, LeavesUndecidableWhereACheckerThrows) {
  const auto throwing = CheckerFrom(
      [](const ResponseText&) -> CheckResult { throw std::out_of_range("no such place"); });
  const CheckResult result = CheckText(*throwing, ResponseText(U"a"));
  EXPECT_EQ(result.verdict, Verdict::kUndecidable);
  EXPECT_THAT(result.reason, HasSubstr("no such place"));
}

TEST(ArgumentPattern, IsRefusedWithTheArgumentsWhenTooLarge) {
  EXPECT_THAT(Strictly("keywords:existence", R"({"keywords": ["((a{100}){100}){100}"]})", "a"),
              HasSubstr("the pattern is too large"));
  const std::string literal(20'000, 'a');
  EXPECT_THAT(
      Strictly(
          "keywords:frequency",
          nlohmann::json{{"keyword", literal}, {"frequency", 1}, {"relation", "at least"}}.dump(),
          "a"),
      HasSubstr("the pattern is too large"));
}

}  // namespace
}  // namespace hir
