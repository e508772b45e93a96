#include "hir/text/python_json.h"

#include <string>

#include "gtest/gtest.h"

namespace hir {
namespace {

void ExpectAll(std::initializer_list<std::u32string_view> texts, JsonOutcome outcome) {
  for (std::u32string_view text : texts) {
    EXPECT_EQ(CheckPythonJson(text), outcome) << std::string(text.begin(), text.end());
  }
}

TEST(CheckPythonJson, TakesValuesOfEveryKind) {
  ExpectAll({U"{}", U"[]", U" [1, -2.5e+3, \"x\", null, true, false]\n", U"{\"a\": {\"b\": []}}",
             U"\"scalar\"", U"0", U"-0.0", U"1E5"},
            JsonOutcome::kValid);
}

TEST(CheckPythonJson, TakesWhatOnlyPythonTakes) {
  ExpectAll({U"NaN", U"[Infinity, -Infinity]", U"\"\\ud800\"", U"{\"a\": 1, \"a\": 2}"},
            JsonOutcome::kValid);
}

TEST(CheckPythonJson, RejectsBrokenStructure) {
  ExpectAll({U"", U"{", U"[1,]", U"{\"a\": 1,}", U"{a: 1}", U"{\"a\" 1}", U"[1 2]", U"{} x",
             U"{'a': 1}", U"nul", U"True", U"]"},
            JsonOutcome::kInvalid);
}

TEST(CheckPythonJson, RejectsNumbersThatOnlyLookLikeJson) {
  ExpectAll({U"1.", U".5", U"01", U"+1", U"-", U"1e", U"-NaN", U"\uFF11"}, JsonOutcome::kInvalid);
}

TEST(CheckPythonJson, RejectsRawControlCharactersAndBadEscapes) {
  ExpectAll({U"\"a\tb\"", U"\"a\nb\"", U"\"\\x41\"", U"\"\\u12g4\"", U"\"open", U"\"\\"},
            JsonOutcome::kInvalid);
}

TEST(CheckPythonJson, RejectsAByteOrderMarkAndOtherSpaces) {
  ExpectAll({U"\uFEFF{}", U"\u00A0{}", U"{}\f"}, JsonOutcome::kInvalid);
}

TEST(CheckPythonJson, LimitsTheDigitsOfIntegersOnly) {
  EXPECT_EQ(CheckPythonJson(std::u32string(4300, U'1')), JsonOutcome::kValid);
  EXPECT_EQ(CheckPythonJson(std::u32string(4301, U'1')), JsonOutcome::kInvalid);
  EXPECT_EQ(CheckPythonJson(std::u32string(4301, U'1') + U".0"), JsonOutcome::kValid);
}

TEST(CheckPythonJson, TellsTooDeepFromInvalid) {
  const auto nested = [](size_t depth) {
    return std::u32string(depth, U'[') + std::u32string(depth, U']');
  };
  EXPECT_EQ(CheckPythonJson(nested(992)), JsonOutcome::kValid);
  EXPECT_EQ(CheckPythonJson(nested(993)), JsonOutcome::kTooDeep);
  EXPECT_EQ(CheckPythonJson(U"x" + nested(993)), JsonOutcome::kInvalid);
}

}  // namespace
}  // namespace hir
