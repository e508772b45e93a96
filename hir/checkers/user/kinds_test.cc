// Kinds that a user gives the rule itself as an argument.
#include "hir/checkers/user/kinds.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/core/check_testing.h"

namespace hir::user {
namespace {

using ::testing::HasSubstr;

constexpr auto Strictly = StrictlyOf<RegisterKinds>;

std::string Schema(const std::string& schema, const std::string& text) {
  return Strictly("json:schema", R"({"schema": )" + schema + "}", text);
}

TEST(Pattern, MustBePresentOrAbsent) {
  const std::string arguments = R"({"pattern": "\\bTODO\\b"})";
  EXPECT_EQ(Strictly("regex:present", arguments, "a TODO here"), "1");
  EXPECT_EQ(Strictly("regex:present", arguments, "todo"), "0");
  EXPECT_EQ(Strictly("regex:absent", arguments, "a TODO here"), "0");
  EXPECT_EQ(Strictly("regex:absent", arguments, "TODOs"), "1");
}

TEST(Pattern, TakesPythonsFlagsForCaseAndLines) {
  EXPECT_EQ(Strictly("regex:present", R"({"pattern": "^end$", "flags": "im"})", "a\nEND\nb"), "1");
  EXPECT_EQ(Strictly("regex:present", R"({"pattern": "^end$", "flags": "i"})", "a\nEND\nb"), "0");
  EXPECT_THAT(Strictly("regex:present", R"({"pattern": "a", "flags": "x"})", "a"),
              HasSubstr("i (ignore case) and m (lines)"));
}

TEST(Pattern, IsRefusedWhenItDoesNotCompile) {
  EXPECT_THAT(Strictly("regex:present", R"js({"pattern": "("})js", "a"), HasSubstr("pattern"));
  EXPECT_THAT(Strictly("regex:absent", R"js({"pattern": "(a)\\1"})js", "a"), HasSubstr("pattern"));
}

TEST(Pattern, DoesNotExplode) {
  EXPECT_EQ(Strictly("regex:present", R"js({"pattern": "(x+x+)+y"})js", std::string(100'000, 'x')),
            "0");
}

TEST(JsonSchema, ChecksTypes) {
  EXPECT_EQ(Schema(R"({"type": "integer"})", "2.0"), "1");
  EXPECT_EQ(Schema(R"({"type": "integer"})", "2.5"), "0");
  EXPECT_EQ(Schema(R"({"type": ["string", "null"]})", "null"), "1");
  EXPECT_EQ(Schema(R"({"type": "boolean"})", "1"), "0");
  EXPECT_EQ(Schema("{}", "[]"), "1");
}

TEST(JsonSchema, TakesAFenceButNoOtherText) {
  EXPECT_EQ(Schema("{}", "```json\n{\"a\": 1}\n```"), "1");
  EXPECT_EQ(Schema("{}", "Here: {}"), "0");
  EXPECT_EQ(Schema("{}", "NaN"), "0");
}

TEST(JsonSchema, ChecksMembers) {
  const std::string schema = R"({"type": "object", "required": ["name"], "properties": {"name":
      {"type": "string", "minLength": 2}}, "additionalProperties": {"type": "number"}})";
  EXPECT_EQ(Schema(schema, R"({"name": "Jo", "age": 3})"), "1");
  EXPECT_EQ(Schema(schema, R"({"age": 3})"), "0");
  EXPECT_EQ(Schema(schema, R"({"name": "J"})"), "0");
  EXPECT_EQ(Schema(schema, R"({"name": "Jo", "age": "3"})"), "0");
  EXPECT_EQ(Schema(R"({"additionalProperties": false})", R"({"a": 1})"), "0");
  EXPECT_EQ(Schema(R"({"minProperties": 1, "maxProperties": 1})", R"({"a": 1, "b": 2})"), "0");
}

TEST(JsonSchema, ChecksItems) {
  EXPECT_EQ(Schema(R"({"items": {"type": "string"}, "minItems": 1})", R"(["a", "b"])"), "1");
  EXPECT_EQ(Schema(R"({"items": {"type": "string"}, "minItems": 1})", "[]"), "0");
  EXPECT_EQ(Schema(R"({"prefixItems": [{"type": "null"}], "items": false})", "[null]"), "1");
  EXPECT_EQ(Schema(R"({"prefixItems": [{"type": "null"}], "items": false})", "[null, 1]"), "0");
  EXPECT_EQ(Schema(R"({"uniqueItems": true})", R"([{"a": 1}, {"a": 1}])"), "0");
  EXPECT_EQ(Schema(R"({"uniqueItems": true})", R"([1, "1"])"), "1");
}

TEST(JsonSchema, ChecksNumbersAndLengths) {
  EXPECT_EQ(Schema(R"({"minimum": 1, "exclusiveMaximum": 2})", "1"), "1");
  EXPECT_EQ(Schema(R"({"minimum": 1, "exclusiveMaximum": 2})", "2"), "0");
  EXPECT_EQ(Schema(R"({"exclusiveMinimum": 1})", "1"), "0");
  EXPECT_EQ(Schema(R"({"maximum": 1})", R"("text")"), "1");
  EXPECT_EQ(Schema(R"({"multipleOf": 0.5})", "1.5"), "1");
  EXPECT_EQ(Schema(R"({"multipleOf": 2})", "3"), "0");
  EXPECT_EQ(Schema(R"({"maxLength": 2})", R"("éé")"), "1");
  EXPECT_EQ(Schema(R"({"pattern": "^a+$"})", R"("aab")"), "0");
}

TEST(JsonSchema, CombinesSchemas) {
  EXPECT_EQ(Schema(R"({"anyOf": [{"const": 1}, {"enum": ["a", null]}]})", "null"), "1");
  EXPECT_EQ(Schema(R"({"oneOf": [{"minimum": 1}, {"minimum": 2}]})", "3"), "0");
  EXPECT_EQ(Schema(R"({"allOf": [{"minimum": 1}, {"minimum": 2}]})", "3"), "1");
  EXPECT_EQ(Schema(R"({"not": {"type": "string"}})", R"("a")"), "0");
  EXPECT_EQ(Schema(R"({"not": false})", "1"), "1");
}

TEST(JsonSchema, RefusesWhatItWouldNotCheck) {
  EXPECT_THAT(Schema(R"({"properties": {"a": {"$ref": "#"}}})", "{}"),
              HasSubstr("/properties/a/$ref is a keyword that is not supported"));
  EXPECT_THAT(Schema(R"({"type": "text"})", "{}"), HasSubstr("/type is not a JSON type"));
  EXPECT_THAT(Schema(R"({"items": 3})", "{}"), HasSubstr("/items must be an object"));
  EXPECT_THAT(Schema(R"({"minLength": -1})", "{}"), HasSubstr("/minLength must be a whole number"));
  EXPECT_THAT(Schema("3", "{}"), HasSubstr("must be an object"));
  std::string deep;
  for (int i = 0; i < 65; ++i) deep += R"({"not":)";
  EXPECT_THAT(Schema(deep + "true" + std::string(65, '}'), "{}"), HasSubstr("at most 64 deep"));
}

TEST(JsonSchema, IsUndecidableForEnormousNesting) {
  EXPECT_EQ(Schema("{}", std::string(100'000, '[') + std::string(100'000, ']')), "r");
}

}  // namespace
}  // namespace hir::user
