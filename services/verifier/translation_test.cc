#include "services/verifier/translation.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/all_checkers.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

absl::Status MakeOne(const std::string& kind, const std::string& arguments_json) {
  Constraints constraints;
  constraints.Add()->set_kind("punctuation:no_comma");
  common::v1::Constraint& constraint = *constraints.Add();
  constraint.set_kind(kind);
  constraint.set_arguments_json(arguments_json);
  return MakeCheckers(AllCheckers(), constraints).status();
}

TEST(MakeCheckers, MakesOneACheckerAConstraint) {
  EXPECT_TRUE(MakeOne("keywords:existence", R"({"keywords": ["x"]})").ok());
  EXPECT_TRUE(MakeOne("startend:quotation", "").ok());
  EXPECT_TRUE(MakeOne("startend:quotation", "null").ok());
}

TEST(MakeCheckers, NamesThePlaceAndTheKindOfAWrongConstraint) {
  const absl::Status status = MakeOne("keywords:existance", "{}");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("Constraint 1"));
  EXPECT_THAT(status.message(), HasSubstr("keywords:existence"));
}

TEST(MakeCheckers, RejectsArgumentsThatAreNoJsonObject) {
  for (const std::string json : {"{", "[]", "3", "{'a': 1}", "{\"a\": NaN}"}) {
    EXPECT_EQ(MakeOne("startend:quotation", json).code(), absl::StatusCode::kInvalidArgument)
        << json;
  }
}

TEST(MakeCheckers, RejectsArgumentsNestedBeyondAnyStack) {
  const std::string deep = std::string(1 << 20, '[') + std::string(1 << 20, ']');
  EXPECT_EQ(MakeOne("keywords:existence", "{\"keywords\": " + deep + "}").code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
