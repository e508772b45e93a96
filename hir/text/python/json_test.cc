#include "hir/text/python/json.h"

#include <string>

#include "gtest/gtest.h"
#include "hir/text/python/unicode.h"

namespace hir::python {
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
  EXPECT_EQ(CheckPythonJson(std::u32string(4301, U'1')), JsonOutcome::kTooManyDigits);
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

// str(json.loads(text)), as CPython 3.11 has it.
std::string Str(std::u32string_view text) {
  PythonValue value;
  EXPECT_EQ(ReadPythonJson(text, value), JsonOutcome::kValid);
  return EncodeUtf8(PythonStr(value));
}

TEST(PythonStr, WritesScalars) {
  EXPECT_EQ(Str(U"[null, true, false, NaN, -Infinity]"), "[None, True, False, nan, -inf]");
  EXPECT_EQ(Str(U"[-0, 12345678901234567890123, -7]"), "[0, 12345678901234567890123, -7]");
  EXPECT_EQ(Str(U"\"a\\tb\""), "a\tb");
}

TEST(PythonStr, WritesTheShortestFloatThatReadsBack) {
  EXPECT_EQ(Str(U"[1.0, -0.0, 1E5, 0.1, 100.25]"), "[1.0, -0.0, 100000.0, 0.1, 100.25]");
  EXPECT_EQ(Str(U"[1e15, 1e16, 1.5e300, 0.0001, 0.00001]"),
            "[1000000000000000.0, 1e+16, 1.5e+300, 0.0001, 1e-05]");
  EXPECT_EQ(Str(U"[1e400, -1e400, 1e-400]"), "[inf, -inf, 0.0]");
}

TEST(PythonStr, QuotesAndEscapesStringsWithinAValue) {
  EXPECT_EQ(Str(UR"(["a", "it's", "\"", "'\"", "\\\n"])"), R"(['a', "it's", '"', '\'"', '\\\n'])");
  EXPECT_EQ(Str(UR"(["\u0001\u00a0\u200b\u00e9\ud83d\ude00\ud800"])"),
            "['\\x01\\xa0\\u200b\u00e9\U0001F600\\ud800']");
}

TEST(PythonStr, KeepsTheFirstPlaceAndTheLastValueOfAKey) {
  EXPECT_EQ(Str(UR"({"a": 1, "b": {}, "a": [2, {"c": []}]})"), "{'a': [2, {'c': []}], 'b': {}}");
}

}  // namespace
}  // namespace hir::python
