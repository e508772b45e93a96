#include "hir/constraints/registry.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/constraints/checker_builder.h"
#include "hir/constraints/score.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string ErrorOf(const std::string& kind, const json& arguments) {
  const auto checker = CheckerRegistry::Default().Create(kind, arguments);
  if (checker.ok()) return "";
  EXPECT_EQ(checker.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(checker.status().message());
}

TEST(CheckerRegistry, NamesTheNearestKindForAnUnknownOne) {
  EXPECT_THAT(ErrorOf("length_constraints:number_word", {}),
              HasSubstr("length_constraints:number_words"));
}

TEST(CheckerRegistry, KeepsErrorsValidUtf8AndShort) {
  const std::string message =
      ErrorOf(std::string(99, 'x') + "\xC3\xA9" + std::string(5000, 'y'), {});
  EXPECT_LT(message.size(), 300u);
  EXPECT_NO_THROW(json(message).dump());
  const std::string argument = std::string(99, 'x') + "\xC3\xA9" + std::string(20'000, 'y');
  const std::string unknown = ErrorOf("punctuation:no_comma", {{argument, 3}});
  EXPECT_LT(unknown.size(), 300u);
  EXPECT_NO_THROW(json(unknown).dump());
}

TEST(CheckerRegistry, RejectsMissingUnknownAndMistypedArguments) {
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

TEST(CheckerRegistry, TakesNullAsAbsentAndWholeFloatsAsIntegers) {
  EXPECT_EQ(ErrorOf("punctuation:no_comma", {{"num_words", nullptr}}), "");
  EXPECT_EQ(ErrorOf("punctuation:no_comma", nullptr), "");
  EXPECT_EQ(ErrorOf("length_constraints:number_paragraphs", {{"num_paragraphs", 2.0}}), "");
  EXPECT_THAT(ErrorOf("length_constraints:number_paragraphs", {{"num_paragraphs", nullptr}}),
              HasSubstr("is missing"));
}

TEST(CheckerRegistry, ListsEveryKindOfIfevalByName) {
  const auto listing = CheckerRegistry::Default().List();
  EXPECT_GE(listing.size(), 25u);
  EXPECT_TRUE(std::is_sorted(listing.begin(), listing.end(),
                             [](const auto& a, const auto& b) { return a.kind < b.kind; }));
  for (const CheckerListing& entry : listing) EXPECT_THAT(entry.kind, HasSubstr(":"));
}

TEST(CheckerRegistry, MakesDisabledCheckersUndecidable) {
  CheckerRegistry registry;
  registry.Register({"x:y", {}, nullptr, "Its data is missing."});
  const auto checker = registry.Create("x:y", {});
  ASSERT_TRUE(checker.ok());
  const CheckResult result = CheckText(**checker, ResponseText(U"a"));
  EXPECT_EQ(result, Undecidable("Its data is missing."));
  EXPECT_EQ(registry.List()[0].disabled_reason, "Its data is missing.");
}

TEST(CheckerRegistry, NamesItsVersionSourcesDataAndRuleset) {
  EXPECT_THAT(CheckerRegistry::Of(Ruleset::kIfbench2025).build(),
              testing::MatchesRegex("hir-[0-9.]+\\+[0-9a-f]{12} data-[0-9a-f]{12} ifbench-2025"));
}

TEST(CheckerRegistry, AKindWithoutItsServiceIsKnownAndUndecidableUntilItIsEnabled) {
  class Yes : public Checker {
   public:
    CheckResult Check(const ResponseText&) const override { return PassIf(true); }
  };
  CheckerRegistry registry = CheckerRegistry::Default();
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

}  // namespace
}  // namespace hir
