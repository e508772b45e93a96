// What `hir train` makes of the files of data.train.
#include "hir/driver/train_data.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class TrainDataTest : public ::testing::Test {
 protected:
  TrainDataTest() {
    config_.model.path = absl::StrCat(HIR_SOURCE_DIR, "/tests/fixtures/tiny_tokenizer");
    config_.rollout.max_prompt_tokens = 200;
  }

  // A file of records, one a question, with two constraints or one.
  std::string Write(const std::string& name, const std::vector<std::string>& questions,
                    bool two = true) {
    std::string text;
    for (const std::string& question : questions) {
      absl::StrAppend(&text, R"({"id":")", question.substr(0, 4), R"(","question":")", question,
                      R"(","constraints":[{"kind":"punctuation:no_comma","text":"No commas."})",
                      two ? R"(,{"kind":"startend:quotation","text":"Quote it."})" : "",
                      R"(],"layout":1})", "\n");
    }
    EXPECT_TRUE(WriteFileAtomically(folder_.Path(name), text).ok());
    return folder_.Path(name);
  }
  PromptLength Lengths() {
    auto lengths = PromptLength::Create(config_, context_);
    EXPECT_TRUE(lengths.ok()) << lengths.status();
    return *std::move(lengths);
  }
  absl::StatusOr<TrainData> Load() {
    const PromptLength lengths = Lengths();
    return LoadTrainData(config_, &lengths);
  }
  absl::StatusOr<SuiteRecords> LoadHeld(std::vector<std::string>& notes) {
    const PromptLength lengths = Lengths();
    return LoadSuite(suite_, config_, &lengths, notes);
  }
  std::string ErrorOf() { return std::string(Load().status().message()); }

  ScratchFolder folder_;
  RunConfig config_;
  EvalSuite suite_;
  int64_t context_ = 1024;
};

TEST_F(TrainDataTest, FilesComeOneAfterTheOtherWithTheirWeights) {
  config_.data.train = {{.file = Write("a", {"a1", "a2"})},
                        {.file = Write("b", {"b1"}), .weight = 3}};
  const auto data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  ASSERT_EQ(data->records.size(), 3u);
  EXPECT_EQ(data->records[2].question, "b1");
  ASSERT_EQ(data->files.size(), 2u);
  EXPECT_EQ(data->files[0].records, 2u);
  EXPECT_EQ(data->files[1].weight, 3);
  EXPECT_THAT(data->notes, IsEmpty());
}

TEST_F(TrainDataTest, AllPromptsThatAreTooLongAreNamed) {
  const std::string words(400, 'w');
  config_.data.train = {
      {.file = Write("a", {"a1", "a2 " + words, "a3", "a4 " + words, "a5 " + words})}};
  EXPECT_THAT(ErrorOf(), AllOf(HasSubstr("3 of 5 records of " + folder_.Path("a") +
                                         " have prompts of more than 200 tokens"),
                               HasSubstr("line 2 (id a2 w, "), HasSubstr("line 4 (id a4 w, "),
                               HasSubstr("line 5 (id a5 w, "), Not(HasSubstr("line 3")),
                               HasSubstr("data.overlong=skip")));
}

TEST_F(TrainDataTest, PromptsThatAreTooLongAreLeftOutAndCounted) {
  const std::string words(400, 'w');
  config_.data.overlong = OverlongPrompts::kSkip;
  config_.data.train = {{.file = Write("a", {"a1", "a2 " + words, "a3"})}};
  const auto data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  ASSERT_EQ(data->records.size(), 2u);
  EXPECT_EQ(data->records[1].question, "a3");
  EXPECT_EQ(data->files[0].records, 2u);
  EXPECT_THAT(data->notes, ElementsAre(HasSubstr("1 of 3 records of ")));
  config_.data.train = {{.file = Write("b", {"b1 " + words})}};
  EXPECT_THAT(ErrorOf(), HasSubstr("nothing is left of it"));
}

TEST_F(TrainDataTest, APromptThatFillsTheModelsContextIsTooLong) {
  config_.data.train = {{.file = Write("a", {"a1", "a2 " + std::string(120, 'w')})}};
  EXPECT_TRUE(Load().ok());
  context_ = 150;
  EXPECT_THAT(ErrorOf(), AllOf(HasSubstr("1 of 2 records of "),
                               HasSubstr("more than 149 tokens (of the model's context of 150"),
                               HasSubstr("line 2 (id a2 w, ")));
  config_.data.overlong = OverlongPrompts::kSkip;
  EXPECT_EQ(Load().value().records.size(), 1u);
}

// Each would end the run once it evaluates.
TEST_F(TrainDataTest, HeldOutPromptsMustFitTheModelsContextAlone) {
  const std::string words(300, 'w');
  suite_.file = Write("h", {"a1", "a2 " + words, "a3", "a4 " + words});
  std::vector<std::string> notes;
  EXPECT_EQ(LoadHeld(notes).value().records.size(), 4u);  // Above rollout.max_prompt_tokens.
  context_ = 250;
  EXPECT_THAT(std::string(LoadHeld(notes).status().message()),
              AllOf(HasSubstr("2 of 4 records of "), HasSubstr("more than 249 tokens"),
                    HasSubstr("line 2 ("), HasSubstr("line 4 (")));
  suite_.prompts = 1;
  EXPECT_EQ(LoadHeld(notes).value().records.size(), 1u);
  EXPECT_THAT(notes, IsEmpty());
  suite_.prompts = 3;
  config_.data.overlong = OverlongPrompts::kSkip;
  EXPECT_EQ(LoadHeld(notes).value().records.size(), 2u);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("1 of 3 records of ")));
  EXPECT_EQ(LoadSuite(suite_, config_, nullptr, notes).value().records.size(), 3u);
}

TEST_F(TrainDataTest, ARunThatReplaysNeedsSomethingToReplay) {
  const std::string one = Write("one", {"a1", "a2", "a3"}, /*two=*/false);
  config_.data.train = {{.file = one}};
  EXPECT_THAT(ErrorOf(), AllOf(HasSubstr("hindsight.mode is hir but no record of data.train can be "
                                         "replayed (3 x there is a single constraint)"),
                               HasSubstr("set hindsight.mode=off")));
  config_.hindsight.mode = SelectionMode::kOff;
  EXPECT_TRUE(Load().ok());
  config_.hindsight.mode = SelectionMode::kRandom;
  config_.data.train = {{.file = one, .weight = 3}, {.file = Write("two", {"b1"})}};
  const auto data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->notes, ElementsAre(HasSubstr("only 25.0 % of the tasks can be replayed")));
  // A share counts, not a number of records.
  config_.data.train[1].weight = 4;
  EXPECT_THAT(Load()->notes, IsEmpty());
}

TEST_F(TrainDataTest, ASystemPromptOfARecordMustBeTheRuns) {
  ASSERT_TRUE(WriteFileAtomically(folder_.Path("s"),
                                  R"({"messages": [{"role": "system", "content": "Be nice."},
 {"role": "user", "content": "Tell it. No commas. Quote it."}],
 "ground_truth": "[{'instruction_id': ['punctuation:no_comma', 'startend:quotation'], 'kwargs': [None, None]}]",
 "constraint": "No commas. Quote it."})")
                  .ok());
  std::string text = ReadFile(folder_.Path("s")).value();
  std::replace(text.begin(), text.end(), '\n', ' ');
  ASSERT_TRUE(WriteFileAtomically(folder_.Path("s"), text).ok());
  config_.data.train = {{.file = folder_.Path("s")}};
  EXPECT_THAT(ErrorOf(), HasSubstr("s:1: the record has the system prompt \"Be nice.\""));
  config_.data.system_prompt = "Be nice.";
  const auto data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->records[0].question, "Tell it.");
}

TEST_F(TrainDataTest, WithoutATokenizerNothingIsMeasured) {
  config_.data.train = {{.file = Write("a", {"a1 " + std::string(400, 'w')})}};
  EXPECT_TRUE(LoadTrainData(config_, nullptr).ok());
  config_.data.overlong = OverlongPrompts::kSkip;
  EXPECT_THAT(std::string(LoadTrainData(config_, nullptr).status().message()),
              HasSubstr("the tokenizer is where the ring is"));
}

}  // namespace
}  // namespace hir
