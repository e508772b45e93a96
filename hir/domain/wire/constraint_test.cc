#include "hir/domain/wire/constraint.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<nlohmann::json> Parse(const std::string& arguments_json) {
  common::v1::Constraint constraint;
  constraint.set_kind("k");
  constraint.set_arguments_json(arguments_json);
  return ParseArguments(constraint);
}

TEST(ParseArguments, GivesTheObjectAndAnEmptyOneForNone) {
  EXPECT_EQ(*Parse(R"({"n": 1})"), (nlohmann::json{{"n", 1}}));
  EXPECT_EQ(*Parse(""), nlohmann::json::object());
  EXPECT_EQ(*Parse("null"), nlohmann::json::object());
}

struct Wrong {
  std::string arguments_json;
  const char* message;
};

class WrongArguments : public testing::TestWithParam<Wrong> {};

TEST_P(WrongArguments, AreRefusedByTheKindsName) {
  const absl::Status status = Parse(GetParam().arguments_json).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Each, WrongArguments,
    testing::Values(Wrong{"{", "k: arguments_json is not JSON at byte 2."},
                    Wrong{"[]", "k: arguments_json is a JSON array, not an object."},
                    Wrong{"{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}",
                          "k: arguments_json is JSON nested more than 90 deep."},
                    Wrong{"{\"a\":\"" + std::string(kMaxArgumentsBytes, 'x') + "\"}",
                          "at most 1048576 are allowed"}));

TEST(ParseArguments, RefusesALongKind) {
  common::v1::Constraint constraint;
  constraint.set_kind(std::string(kMaxKindBytes + 1, 'k'));
  EXPECT_THAT(ParseArguments(constraint).status().message(), HasSubstr("A kind has 257 bytes"));
}

TEST(CheckConstraintCount, BoundsThem) {
  EXPECT_TRUE(CheckConstraintCount(kMaxConstraints).ok());
  EXPECT_THAT(CheckConstraintCount(kMaxConstraints + 1).message(),
              HasSubstr("There are 257 constraints; at most 256 are allowed."));
}

TEST(ConstraintOnTheWire, ComesBackAsItWas) {
  const Constraint constraint = {
      .kind = "k", .arguments = {{"n", 1}}, .text = "t", .depends_on = {2, 0}};
  const Constraint back = FromProto(ToProto(constraint));
  EXPECT_EQ(back.kind, "k");
  EXPECT_EQ(back.arguments, constraint.arguments);
  EXPECT_EQ(back.text, "t");
  EXPECT_EQ(back.depends_on, constraint.depends_on);
  EXPECT_EQ(ToProto(Constraint{.kind = "k"}).arguments_json(), "");
}

TEST(ConstraintOnTheWire, KeepsArgumentsThatAreNoObjectAsTheirText) {
  common::v1::Constraint proto;
  proto.set_arguments_json("{oops");
  EXPECT_EQ(FromProto(proto).arguments, "{oops");
}

}  // namespace
}  // namespace hir
