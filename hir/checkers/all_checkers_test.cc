#include "hir/checkers/all_checkers.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/random.h"
#include "hir/checkers/core/score.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string ErrorOf(const std::string& kind, const json& arguments) {
  const auto checker = AllCheckers().Create(kind, arguments);
  if (checker.ok()) return "";
  EXPECT_EQ(checker.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(checker.status().message());
}

TEST(AllCheckers, NamesTheNearestKindForAnUnknownOne) {
  EXPECT_THAT(ErrorOf("length_constraints:number_word", {}),
              HasSubstr("length_constraints:number_words"));
}

TEST(AllCheckers, KeepsErrorsValidUtf8AndShort) {
  const std::string message =
      ErrorOf(std::string(99, 'x') + "\xC3\xA9" + std::string(5000, 'y'), {});
  EXPECT_LT(message.size(), 300u);
  EXPECT_NO_THROW(json(message).dump());
  const std::string argument = std::string(99, 'x') + "\xC3\xA9" + std::string(20'000, 'y');
  const std::string unknown = ErrorOf("punctuation:no_comma", {{argument, 3}});
  EXPECT_LT(unknown.size(), 300u);
  EXPECT_NO_THROW(json(unknown).dump());
}

TEST(AllCheckers, RejectsMissingUnknownAndMistypedArguments) {
  EXPECT_THAT(ErrorOf("length_constraints:number_words", {{"num_words", 3}}),
              HasSubstr("\"relation\" is missing"));
  EXPECT_THAT(ErrorOf("punctuation:no_comma", {{"num_words", 3}}),
              HasSubstr("unknown argument \"num_words\"; it takes none"));
  EXPECT_THAT(ErrorOf("length_constraints:number_paragraphs", {{"num_paragraphs", 2.5}}),
              HasSubstr("it must be an integer"));
  EXPECT_THAT(ErrorOf("length_constraints:number_paragraphs", {{"num_paragraphs", 1e300}}),
              HasSubstr("it must be an integer"));
  EXPECT_THAT(ErrorOf("keywords:existence", {{"keywords", {"a", 1}}}),
              HasSubstr("it must be a list of strings"));
  EXPECT_THAT(ErrorOf("keywords:existence", "keywords"), HasSubstr("must be a JSON object"));
}

TEST(AllCheckers, TakesNullAsAbsentAndWholeFloatsAsIntegers) {
  EXPECT_EQ(ErrorOf("punctuation:no_comma", {{"num_words", nullptr}}), "");
  EXPECT_EQ(ErrorOf("punctuation:no_comma", nullptr), "");
  EXPECT_EQ(ErrorOf("length_constraints:number_paragraphs", {{"num_paragraphs", 2.0}}), "");
  EXPECT_THAT(ErrorOf("length_constraints:number_paragraphs", {{"num_paragraphs", nullptr}}),
              HasSubstr("is missing"));
}

TEST(AllCheckers, ListsEveryKindOfIfevalByName) {
  const auto listing = AllCheckers().List();
  EXPECT_GE(listing.size(), 25u);
  EXPECT_TRUE(std::is_sorted(listing.begin(), listing.end(),
                             [](const auto& a, const auto& b) { return a.kind < b.kind; }));
  for (const CheckerListing& entry : listing) EXPECT_THAT(entry.kind, HasSubstr(":"));
}

TEST(AllCheckers, MakesDisabledCheckersUndecidable) {
  CheckerRegistry registry;
  registry.Register({"x:y", {}, nullptr, "Its data is missing."});
  const auto checker = registry.Create("x:y", {});
  ASSERT_TRUE(checker.ok());
  const CheckResult result = CheckText(**checker, ResponseText(U"a"));
  EXPECT_EQ(result, Undecidable("Its data is missing."));
  EXPECT_EQ(registry.List()[0].disabled_reason, "Its data is missing.");
}

TEST(AllCheckers, NamesItsVersionSourcesDataAndRuleset) {
  EXPECT_THAT(AllCheckers(Ruleset::kIfbench2025).build(),
              testing::MatchesRegex("hir-[0-9.]+\\+[0-9a-f]{12} data-[0-9a-f]{12} ifbench-2025"));
}

TEST(AllCheckers, AKindWithoutItsServiceIsKnownAndUndecidableUntilItIsEnabled) {
  class Yes : public Checker {
   public:
    CheckResult Check(const ResponseText&) const override { return PassIf(true); }
  };
  CheckerRegistry registry = AllCheckers();
  const json arguments = {{"criterion", "It is kind."}};
  const ResponseText response = ResponseText::FromUtf8("text");
  EXPECT_FALSE(registry.Create("judge:criterion", {{"criteria", "?"}}).ok());
  const CheckResult disabled = (*registry.Create("judge:criterion", arguments))->Check(response);
  EXPECT_EQ(disabled.verdict, Verdict::kUndecidable);
  EXPECT_THAT(disabled.reason, HasSubstr("--judge-url"));
  registry.Enable("judge:criterion",
                  [](const Arguments&) { return std::unique_ptr<Checker>(new Yes); });
  EXPECT_EQ((*registry.Create("judge:criterion", arguments))->Check(response).verdict,
            Verdict::kPass);
}

std::string RandomText(CounterRandom& random) {
  constexpr std::string_view kPieces[] = {"*",   "\n",       " ",    "a",   "B",     ",", "\"", "-",
                                          "***", "\xC3\xA9", "\xFF", "[x]", "<<t>>", "1", "."};
  std::string text;
  for (uint64_t n = random.Below(30); n > 0; --n) {
    text += kPieces[random.Below(std::size(kPieces))];
  }
  return text;
}

TEST(Score, AgreesWithEveryVariantDecidedByItself) {
  std::vector<std::unique_ptr<Checker>> checkers;
  for (const CheckerListing& entry : AllCheckers().List()) {
    auto checker = AllCheckers().Create(entry.kind, nlohmann::json::object());
    if (checker.ok()) checkers.push_back(*std::move(checker));
  }
  ASSERT_GE(checkers.size(), 8u);
  CounterRandom random(/*seed=*/1, /*stream=*/0);
  for (int round = 0; round < 300; ++round) {
    const std::string text = RandomText(random);
    ResponseVariants variants(scan::ScanText::FromUtf8(text));
    const Scores scores = Score(checkers, text);
    for (size_t c = 0; c < checkers.size(); ++c) {
      bool any = false;
      for (int i = 0; i < kLooseVariants; ++i) {
        const ResponseText alone(variants.text(i).text());
        any = any || CheckText(*checkers[c], alone).verdict == Verdict::kPass;
      }
      EXPECT_EQ(scores.loose[c].verdict == Verdict::kPass, any) << text;
      EXPECT_EQ(scores.strict[c], CheckText(*checkers[c], ResponseText::FromUtf8(text))) << text;
    }
  }
}

}  // namespace
}  // namespace hir
