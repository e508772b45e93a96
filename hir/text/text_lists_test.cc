// The small primitives of IFBench: punctuation, CSV, syllables, emoji, ASCII forms, the first tag.
#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/text/ascii_punctuation.h"
#include "hir/text/csv_reader.h"
#include "hir/text/emoji.h"
#include "hir/text/first_tag.h"
#include "hir/text/nfkd_ascii.h"
#include "hir/text/syllables.h"
#include "hir/text/unicode.h"
#include "hir/text/zhconv.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(AsciiPunctuation, IsPythonsList) {
  for (char32_t c = 0; c < 0x3000; ++c) {
    EXPECT_EQ(IsPunctuation(c), kPunctuation.find(c) != kPunctuation.npos)
        << std::hex << static_cast<uint32_t>(c);
  }
  EXPECT_EQ(WithoutPunctuation(U"a-b, \u201cc\u201d"), U"ab \u201cc\u201d");
}

TEST(ReadCsv, AQuotationMarkCountsAtTheBeginningOfAFieldOnly) {
  EXPECT_THAT(*ReadCsv(U"a,\"b,\"\"c\"\"\",d\"e\"\n"),
              ElementsAre(ElementsAre(U"a", U"b,\"c\"", U"d\"e\"")));
  EXPECT_THAT(*ReadCsv(U"\"a\"b,c"), ElementsAre(ElementsAre(U"ab", U"c")));
}

TEST(ReadCsv, ARecordGoesOnInsideQuotationMarks) {
  EXPECT_THAT(*ReadCsv(U"\"a\nb\",c\nd"),
              ElementsAre(ElementsAre(U"a\nb", U"c"), ElementsAre(U"d")));
  EXPECT_THAT(*ReadCsv(U"a,\"b\n"), ElementsAre(ElementsAre(U"a", U"b\n")));
}

TEST(ReadCsv, ABlankLineIsARowWithoutFields) {
  EXPECT_THAT(*ReadCsv(U"a\n\r\n\nb,"),
              ElementsAre(ElementsAre(U"a"), IsEmpty(), IsEmpty(), ElementsAre(U"b", U"")));
  EXPECT_THAT(*ReadCsv(U""), IsEmpty());
}

TEST(ReadCsv, ACarriageReturnInTheMiddleIsAnError) {
  EXPECT_THAT(*ReadCsv(U"a\r\nb\r"), ElementsAre(ElementsAre(U"a"), ElementsAre(U"b")));
  EXPECT_EQ(ReadCsv(U"a\rb").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadCsv(std::u32string(131'073, U'a')).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(ReadCsv(std::u32string(131'072, U'a')).ok());
}

TEST(CountSyllables, LooksWordsUpAndElseCountsGroupsOfVowels) {
  EXPECT_EQ(CountSyllables(U"Area"), 3);     // Listed.
  EXPECT_EQ(CountSyllables(U"blorple"), 2);  // le behind a consonant.
  EXPECT_EQ(CountSyllables(U"zzz"), 1);
  EXPECT_EQ(CountSyllables(U"x2y"), 0);
  EXPECT_EQ(CountSyllables(U""), 0);
}

TEST(IsEmoji, KnowsSingleCodePoints) {
  for (const char32_t c : {U'\u00a9', U'\u2764', U'\U0001F600', U'\U0001F3FD'})
    EXPECT_TRUE(IsEmoji(c));
  for (const char32_t c : {U'a', U'1', U'\uFE0F', U'\u20E3', U'\U0001F1E6'})
    EXPECT_FALSE(IsEmoji(c));
}

TEST(NfkdAscii, KeepsWhatDecomposesToAscii) {
  EXPECT_EQ(NfkdAscii(U"S\u00e3o Tom\u00e9, \ufb01n \uff21\u00bd \u4e00\U0001F600"),
            "Sao Tome, fin A12 ");
  EXPECT_EQ(NfkdAscii(U"\u00f8\u00df"), "");
}

class FirstTaggerTest : public testing::Test {
 protected:
  // Data in NLTK's form in which only a few features have weights.
  absl::StatusOr<std::unique_ptr<FirstTagger>> Load(const std::string& weights) {
    const std::string folder = testing::TempDir() + "/first_tagger";
    std::filesystem::create_directories(folder);
    const auto write = [&](const char* part, const std::string& text) {
      std::ofstream(folder + "/averaged_perceptron_tagger_eng." + part + ".json") << text;
    };
    write("classes", R"(["NN", "VB", "DT"])");
    write("tagdict", R"({"the": "DT"})");
    write("weights", weights);
    return FirstTagger::LoadFrom(folder);
  }
  std::string Tag(const FirstTagger& tagger, std::vector<std::u32string_view> tokens) {
    return tagger.Tag(tokens);
  }
};

TEST_F(FirstTaggerTest, KnownWordsHaveTheirTagAndOthersTheHighestScore) {
  const auto tagger = Load(R"({"i word run": {"VB": 1.5, "NN": 1.0}, "i+1 word -END-": {"NN": 1.0},
                               "i suffix ing": {"VB": 9}, "i-1 suffix T2-": {"DT": 0.5}})");
  ASSERT_TRUE(tagger.ok()) << tagger.status();
  EXPECT_EQ(Tag(**tagger, {U"the", U"end"}), "DT");
  EXPECT_EQ(Tag(**tagger, {U"Run"}), "NN");
  EXPECT_EQ(Tag(**tagger, {U"Run", U"home"}), "VB");
  EXPECT_EQ(Tag(**tagger, {U"Sing", U"x", U"y"}), "VB");
  EXPECT_EQ(Tag(**tagger, {U"word", U"x"}), "DT");
}

TEST_F(FirstTaggerTest, OfEqualScoresTheLastNameWins) {
  const auto tagger = Load("{}");
  EXPECT_EQ(Tag(**tagger, {U"word"}), "VB");
}

TEST_F(FirstTaggerTest, SaysWhichDataItCannotRead) {
  EXPECT_EQ(Load("{").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Load(R"({"bias": 3})").status().code(), absl::StatusCode::kInvalidArgument);
  setenv("NLTK_DATA", "/nowhere", 1);  // NOLINT(concurrency-mt-unsafe): there is one thread.
  setenv("HOME", "/nowhere", 1);       // NOLINT(concurrency-mt-unsafe)
  const auto missing = FirstTagger::Find();
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(std::string(missing.status().message()),
              HasSubstr("nltk.downloader averaged_perceptron_tagger_eng"));
}

absl::StatusOr<std::unique_ptr<ChineseConverter>> Converter(const std::string& tables) {
  const std::string file = testing::TempDir() + "/zhcdict.json";
  std::ofstream(file) << tables;
  return ChineseConverter::LoadFrom(file);
}

TEST(ChineseConverter, ReplacesTheLongestWordThatBeginsAtAPlace) {
  const auto converter =
      Converter(R"({"zh2Hans": {"a": "1", "abc": "3", "x": "0"}, "zh2CN": {"x": "9"},
                                       "zh2Hant": {"1": "a"}, "zh2TW": {}})");
  ASSERT_TRUE(converter.ok()) << converter.status();
  EXPECT_EQ((*converter)->ToSimplified(U"ababcabx-"), U"1b31b9-");
  EXPECT_EQ((*converter)->ToTraditional(U"1x1"), U"axa");
}

TEST(ChineseConverter, SaysWhichTablesItCannotRead) {
  EXPECT_EQ(Converter("{").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Converter(R"({"zh2Hans": {"a": 1}})").status().code(),
            absl::StatusCode::kInvalidArgument);
  setenv("HIR_ZHCONV_DICT", "/nowhere", 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_THAT(std::string(ChineseConverter::Find().status().message()),
              AllOf(HasSubstr("pip install --no-deps --target ~/.hir zhconv==1.4.3"),
                    HasSubstr("HIR_ZHCONV_DICT")));
}

}  // namespace
}  // namespace hir
