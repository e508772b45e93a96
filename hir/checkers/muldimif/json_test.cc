// The quirks of MulDimIF's rules on JSON, each by name.
#include <string>

#include "gtest/gtest.h"
#include "hir/checkers/muldimif/sentence_testing.h"

namespace hir::muldimif {
namespace {

TEST(MuldimifJson, CountsNestingOfWhatIsNotEmpty) {
  const std::string kind = "muldimif:Json/Object nesting levels";
  EXPECT_EQ(OnSentence(kind, "exactly two levels of nesting", R"({"a": {"b": 1}})"), "1");
  EXPECT_EQ(OnSentence(kind, "exactly two levels of nesting", R"({"a": {"b": {}}})"), "1");
  EXPECT_EQ(OnSentence(kind, "exactly two levels of nesting", R"({"a": 1})"), "0");
  EXPECT_EQ(OnSentence(kind, "no more than 2 levels", "Here:\n```json\n[[NaN]]\n```"), "1");
  EXPECT_EQ(OnSentence(kind, "no more than 2 levels", R"({"a": [[[1]]], "a": 1})"), "1");
  EXPECT_EQ(OnSentence(kind, "no more than 2 levels", "not json"), "0");
  EXPECT_EQ(OnSentence(kind, "no more than 2 levels", "null"), "0");
  EXPECT_EQ(OnSentence(kind, "deep", "{}"), "0");
}

TEST(MuldimifJson, TakesTheStrictestOfAllNumbers) {
  const std::string both = "a maximum of three nesting levels and at least two";
  EXPECT_EQ(OnSentence("muldimif:Format/Json", both, "[[1]]"), "1");
  EXPECT_EQ(OnSentence("muldimif:Format/Json", both, "[1]"), "0");
  EXPECT_EQ(OnSentence("muldimif:Format/Json", both, "[[[[1]]]]"), "0");
}

TEST(MuldimifJson, IsUndecidableWherePythonsRecursionEnds) {
  EXPECT_EQ(OnSentence("muldimif:Format/Json", "at least 2 levels deep",
                       std::string(2000, '[') + std::string(2000, ']')),
            "r");
}

}  // namespace
}  // namespace hir::muldimif
