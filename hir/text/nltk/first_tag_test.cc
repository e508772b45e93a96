#include "hir/text/nltk/first_tag.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir::nltk {
namespace {

using ::testing::HasSubstr;

class FirstTaggerTest : public testing::Test {
 protected:
  // Loads data in NLTK's form, with weights for a few features only.
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

}  // namespace
}  // namespace hir::nltk
