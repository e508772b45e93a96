// From what the ledger stores of a step to the manifest of its batch.
#include "services/replay/frozen_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hir/base/sha256.h"
#include "hir/domain/wire/instruction.h"
#include "services/replay/fake_prompt_encoder.h"
#include "services/replay/records.h"
#include "services/replay/sample_records.h"

namespace hir {
namespace {

using ::testing::ElementsAre;

class FrozenBatchTest : public ::testing::Test {
 protected:
  FrozenBatchTest() {
    config_.hindsight.replay_per_prompt = 1;
    AddTask(5, {"ppf", "fff", "ppp"}, {0.1, 0.9, 0.5});
    AddTask(6, {"pff", "ppu", "pfp"}, {0.9, 0.5, 0.4});
  }

  void AddTask(uint64_t number, const std::vector<std::string>& verdicts,
               const std::vector<double>& entropies) {
    replay::v1::LeasedTask task;
    *task.mutable_task() = MakeTask(number, 3);
    for (int32_t id : {1, 2, 3}) task.add_prompt_token_ids(id);
    for (uint32_t i = 0; i < verdicts.size(); ++i) {
      responses_.push_back(MakeScored(task, i, verdicts[i], entropies[i]));
    }
    tasks_.push_back(std::move(task));
  }

  replay::v1::FrozenBatch Freeze() {
    StepInput input = {.step = 3,
                       .abandoned_tasks = abandoned_tasks_,
                       .abandon_reason = "w:1: gone",
                       .first_insert = absl::FromUnixSeconds(1000),
                       .now = absl::FromUnixSeconds(2000)};
    for (const replay::v1::LeasedTask& task : tasks_) {
      input.tasks[task.task().task()] = {
          .instruction = FromProto(task.task().instruction()),
          .prompt_tokens = static_cast<uint32_t>(task.prompt_token_ids_size())};
    }
    for (const common::v1::ScoredResponse& scored : responses_) {
      const uint64_t task = scored.response().id().task();
      input.responses.push_back(FromProto(scored, input.tasks.at(task).instruction));
    }
    const auto encode = [&](const std::string& text) { return encoder_.Encode(config_, text); };
    return ToProto(BuildBatch(input, config_, encode).value(), input);
  }

  common::v1::Response& Response(size_t i) { return *responses_[i].mutable_response(); }

  FakePromptEncoder encoder_;
  RunConfig config_;
  std::vector<replay::v1::LeasedTask> tasks_;
  std::vector<common::v1::ScoredResponse> responses_;
  uint32_t abandoned_tasks_ = 0;
};

// Recorded before rows and facts were plain values: a learner that resumes compares digests with
// those of batches that were frozen then.
TEST_F(FrozenBatchTest, KeepsItsBytes) {
  abandoned_tasks_ = 1;
  responses_[5].set_verifier_build("hir-1");
  Response(5).set_reasoning_end("</think>");
  common::v1::VersionSpan& late = *Response(5).add_versions();
  late.set_first_token(2);
  late.mutable_weights()->set_run("run");
  late.mutable_weights()->set_incarnation(4);
  late.mutable_weights()->set_version(1);
  late.mutable_weights()->set_digest("digest");
  Response(1).set_finish_reason(common::v1::FINISH_REASON_LENGTH);
  Response(2).set_entropy_mean_nats(-1e-7);
  EXPECT_EQ(Sha256Hex(Freeze().SerializeAsString()),
            "8359b6d43d68696234746f73bbdf5e6829f666fca9849e314a8295a81625cf1e");
}

TEST_F(FrozenBatchTest, AReplayedRowTellsWhereItComesFrom) {
  config_.data.system_prompt = "Be kind.";
  responses_[5].set_verifier_build("hir-1");
  common::v1::VersionSpan& late = *Response(5).add_versions();
  late.set_first_token(2);
  late.mutable_weights()->set_version(3);
  late.mutable_weights()->set_digest("digest");
  const replay::v1::FrozenBatch batch = Freeze();
  const replay::v1::BatchRow& row = batch.rows(7);
  EXPECT_TRUE(row.replayed());
  EXPECT_EQ(row.task(), 6u);
  EXPECT_EQ(row.sample(), 2u);
  EXPECT_THAT(row.kept_constraints(), ElementsAre(0, 2));
  EXPECT_THAT(row.dropped_constraints(), ElementsAre(1));
  EXPECT_DOUBLE_EQ(row.diversity_nats(), 0.4);
  EXPECT_DOUBLE_EQ(row.integrity(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(row.score(), row.diversity_nats() + batch.facts().lambda() * row.integrity());
  EXPECT_EQ(row.rewritten_instruction(), "question 6\n\none\nthree");
  EXPECT_EQ(row.verifier_build(), "hir-1");
  ASSERT_EQ(row.weights_size(), 2);
  EXPECT_EQ(row.weights(0).version(), 2);
  EXPECT_EQ(row.weights(1).digest(), "digest");
  EXPECT_EQ(batch.rows(6).verifier_build(), "hir-1");
  const auto& ids = batch.rewritten_prompts(1).ids();
  EXPECT_EQ(std::string(ids.begin(), ids.end()), "Be kind.|question 6\n\none\nthree");
}

TEST_F(FrozenBatchTest, TheRewardIsThatOfTheTasksConstraints) {
  config_.objective.unknown_reward = UnknownReward::kZero;
  // Verdicts that all pass, but on fewer constraints than the task has.
  common::v1::ScoredResponse& odd = responses_[2];
  odd.mutable_response()->mutable_instruction()->mutable_constraints()->RemoveLast();
  odd.mutable_verdicts()->RemoveLast();
  const replay::v1::FrozenBatch batch = Freeze();
  std::vector<double> rewards;
  for (const replay::v1::BatchRow& row : batch.rows()) rewards.push_back(row.reward());
  EXPECT_THAT(rewards, ElementsAre(0, 0, 0, 0, 0, 1, 0, 1));
  odd.mutable_response()->mutable_instruction()->add_constraints();
  odd.add_verdicts()->set_verdict(common::v1::VERDICT_PASS);
  EXPECT_EQ(Freeze().rows(2).reward(), 1.0);
}

TEST_F(FrozenBatchTest, VerdictsOfAnotherTaskTeachNothing) {
  responses_[5].mutable_verdicts()->RemoveLast();
  const replay::v1::FrozenBatch batch = Freeze();
  ASSERT_EQ(batch.rows_size(), 8);
  EXPECT_TRUE(batch.rows(4).replayed());  // The next best.
  EXPECT_FALSE(batch.rows(7).replayed());
  EXPECT_FALSE(batch.rows(7).included());
}

TEST_F(FrozenBatchTest, NeverReplaysAQuestionThatTellsItsConstraintsItself) {
  tasks_[1].mutable_task()->mutable_instruction()->set_prompt_is_complete(true);
  const replay::v1::FrozenBatch batch = Freeze();
  ASSERT_EQ(batch.rows_size(), 7);
  EXPECT_TRUE(batch.rows(1).replayed());
}

TEST_F(FrozenBatchTest, CountsResponsesWhoseReasoningNeverEnded) {
  EXPECT_EQ(Freeze().facts().reasoning_unended(), 0u);
  for (size_t i = 0; i < responses_.size(); ++i) Response(i).set_reasoning_end("</think>");
  Response(0).set_text("a</think>b");
  EXPECT_EQ(Freeze().facts().reasoning_unended(), 5u);
}

}  // namespace
}  // namespace hir
