#include "services/replay/batch_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/replay/fake_prompt_encoder.h"
#include "services/replay/sample_records.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BuildBatchTest : public ::testing::Test {
 protected:
  BuildBatchTest() {
    config_.rollout.train_batch_size = 2;
    config_.hindsight.replay_per_prompt = 1;
    input_.step = 3;
    input_.now = absl::FromUnixSeconds(2000);
    input_.first_insert = absl::FromUnixSeconds(1000);
    // Scores at step 3: CLA of 2/3 and 1/3 against entropies of 0.1 to 0.9.
    AddGroup(5, {"ppf", "fff", "ppp"}, {0.1, 0.9, 0.5});
    AddGroup(6, {"pff", "ppu", "pfp"}, {0.9, 0.5, 0.4});
  }

  void AddGroup(uint64_t task, const std::vector<std::string>& verdicts,
                const std::vector<double>& entropies) {
    StepGroup group;
    *group.task.mutable_task() = MakeTask(task, 3);
    for (int32_t id : {1, 2, 3}) group.task.add_prompt_token_ids(id);
    for (uint32_t i = 0; i < verdicts.size(); ++i) {
      group.responses.push_back(MakeScored(group.task, i, verdicts[i], entropies[i]));
    }
    input_.groups.push_back(group);
  }

  BuiltBatch Build() { return BuildBatch(input_, config_, encoder_).value(); }

  static std::vector<std::string> Rows(const BuiltBatch& built) {
    std::vector<std::string> rows;
    for (const replay::v1::BatchRow& row : built.batch.rows()) {
      rows.push_back(absl::StrCat(row.task(), "/", row.sample(), row.replayed() ? "r" : ""));
    }
    return rows;
  }

  FakePromptEncoder encoder_;
  RunConfig config_;
  StepInput input_;
};

TEST_F(BuildBatchTest, PutsEachReplayedRowAfterItsParent) {
  EXPECT_THAT(Rows(Build()), ElementsAre("5/0", "5/1", "5/2", "6/0", "6/1", "6/1r", "6/2", "6/2r"));
}

TEST_F(BuildBatchTest, RewritesWithWhatWasMet) {
  config_.data.system_prompt = "Be kind.";
  const BuiltBatch built = Build();
  const replay::v1::BatchRow& row = built.batch.rows(7);
  EXPECT_EQ(row.rewritten_instruction(), "question 6\n\none\nthree");
  EXPECT_THAT(row.kept_constraints(), ElementsAre(0, 2));
  EXPECT_NEAR(row.score(), 0.4 + 2.0 * 1.05 * 1.05 * 1.05 * 2 / 3, 1e-12);
  const auto& ids = built.batch.rewritten_prompts(1).ids();
  EXPECT_EQ(std::string(ids.begin(), ids.end()), "Be kind.|question 6\n\none\nthree");
  EXPECT_EQ(row.tokens(), static_cast<uint32_t>(ids.size()) + 4);
  EXPECT_EQ(built.batch.rows(0).tokens(), 3u + 2u);
}

TEST_F(BuildBatchTest, AReplayedRowTellsWhereItComesFrom) {
  common::v1::ScoredResponse& parent = input_.groups[1].responses[2];
  parent.set_verifier_build("hir-1");
  common::v1::VersionSpan& late = *parent.mutable_response()->add_versions();
  late.set_first_token(2);
  late.mutable_weights()->set_version(3);
  late.mutable_weights()->set_digest("digest");
  const BuiltBatch built = Build();
  const replay::v1::BatchRow& row = built.batch.rows(7);
  EXPECT_EQ(row.task(), 6u);
  EXPECT_EQ(row.sample(), 2u);
  EXPECT_THAT(row.dropped_constraints(), ElementsAre(1));
  EXPECT_DOUBLE_EQ(row.diversity_nats(), 0.4);
  EXPECT_DOUBLE_EQ(row.integrity(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(row.score(),
                   row.diversity_nats() + built.batch.facts().lambda() * row.integrity());
  EXPECT_EQ(row.verifier_build(), "hir-1");
  ASSERT_EQ(row.weights_size(), 2);
  EXPECT_EQ(row.weights(0).version(), 2);
  EXPECT_EQ(row.weights(1).digest(), "digest");
  EXPECT_EQ(built.batch.rows(6).verifier_build(), "hir-1");
}

TEST_F(BuildBatchTest, TheRewardIsThatOfTheTasksConstraints) {
  config_.objective.unknown_reward = UnknownReward::kZero;
  // Verdicts that all pass, but on fewer constraints than the task has.
  common::v1::ScoredResponse& odd = input_.groups[0].responses[2];
  odd.mutable_response()->mutable_instruction()->mutable_constraints()->RemoveLast();
  odd.mutable_verdicts()->RemoveLast();
  const BuiltBatch built = Build();
  std::vector<double> rewards;
  for (const replay::v1::BatchRow& row : built.batch.rows()) rewards.push_back(row.reward());
  EXPECT_THAT(rewards, ElementsAre(0, 0, 0, 0, 0, 1, 0, 1));
  odd.mutable_response()->mutable_instruction()->add_constraints();
  odd.add_verdicts()->set_verdict(common::v1::VERDICT_PASS);
  EXPECT_EQ(Build().batch.rows(2).reward(), 1.0);
}

TEST_F(BuildBatchTest, CountsResponsesWhoseReasoningNeverEnded) {
  EXPECT_EQ(Build().batch.facts().reasoning_unended(), 0u);
  for (StepGroup& group : input_.groups) {
    for (common::v1::ScoredResponse& scored : group.responses) {
      scored.mutable_response()->set_reasoning_end("</think>");
    }
  }
  input_.groups[0].responses[0].mutable_response()->set_text("a</think>b");
  EXPECT_EQ(Build().batch.facts().reasoning_unended(), 5u);
}

TEST_F(BuildBatchTest, LeavesUnknownRewardsOutUnlessToldOtherwise) {
  EXPECT_FALSE(Build().batch.rows(4).included());
  EXPECT_TRUE(Build().batch.rows(5).included());
  config_.objective.unknown_reward = UnknownReward::kZero;
  EXPECT_TRUE(Build().batch.rows(4).included());
}

TEST_F(BuildBatchTest, ReplaysTheNextBestForAPromptThatIsTooLong) {
  config_.rollout.max_prompt_tokens = static_cast<int>(std::string("|question 6\n\none").size());
  const BuiltBatch built = Build();
  EXPECT_THAT(Rows(built), ElementsAre("5/0", "5/1", "5/2", "6/0", "6/0r", "6/1", "6/2"));
  EXPECT_EQ(built.selection.rejected.size(), 3u);
  EXPECT_EQ(built.batch.facts().shortfall(), 1u);
}

TEST_F(BuildBatchTest, NeverReplaysAQuestionThatTellsItsConstraintsItself) {
  input_.groups[1].task.mutable_task()->mutable_instruction()->set_prompt_is_complete(true);
  EXPECT_THAT(Rows(Build()), ElementsAre("5/0", "5/0r", "5/1", "5/2", "6/0", "6/1", "6/2"));
}

TEST_F(BuildBatchTest, OffReplaysNothing) {
  config_.hindsight.mode = SelectionMode::kOff;
  const BuiltBatch built = Build();
  EXPECT_EQ(built.batch.rows_size(), 6);
  EXPECT_EQ(built.batch.facts().shortfall(), 0u);
}

TEST_F(BuildBatchTest, EqualInputsGiveEqualBytes) {
  EXPECT_EQ(Build().batch.SerializeAsString(), Build().batch.SerializeAsString());
}

TEST_F(BuildBatchTest, VerdictsOfAnotherTaskTeachNothing) {
  input_.groups[1].responses[2].mutable_verdicts()->RemoveLast();
  const BuiltBatch built = Build();
  EXPECT_THAT(Rows(built), ElementsAre("5/0", "5/1", "5/2", "6/0", "6/0r", "6/1", "6/1r", "6/2"));
  EXPECT_FALSE(built.batch.rows(7).included());
}

TEST_F(BuildBatchTest, SaysWhenAPromptCannotBeRendered) {
  for (StepGroup& group : input_.groups) {
    group.task.mutable_task()->mutable_instruction()->set_question("\x01");
  }
  EXPECT_THAT(std::string(BuildBatch(input_, config_, encoder_).status().message()),
              HasSubstr("template refuses"));
}

TEST_F(BuildBatchTest, ComputesTheFactsOfTheStep) {
  input_.abandoned_tasks = 1;
  input_.groups[0].responses[1].mutable_response()->set_finish_reason(
      common::v1::FINISH_REASON_LENGTH);
  input_.groups[0]
      .responses[1]
      .mutable_response()
      ->mutable_versions(0)
      ->mutable_weights()
      ->set_version(1);
  const replay::v1::StepFacts facts = Build().batch.facts();
  EXPECT_EQ(facts.step(), 3);
  EXPECT_EQ(facts.originals(), 6u);
  EXPECT_EQ(facts.eligible(), 4u);
  EXPECT_EQ(facts.replayed(), 3u);  // k = 1, B = 2 and the abandoned one.
  EXPECT_EQ(facts.unknown(), 1u);
  EXPECT_EQ(facts.truncated(), 1u);
  EXPECT_EQ(facts.abandoned_tasks(), 1u);
  EXPECT_DOUBLE_EQ(facts.lambda(), 2.0 * 1.05 * 1.05 * 1.05);
  EXPECT_DOUBLE_EQ(facts.reward_density(), 1.0 / 5);
  EXPECT_DOUBLE_EQ(facts.reward_std(), 0.4);
  EXPECT_NEAR(facts.constraint_accuracy(), (2 + 0 + 3 + 1 + 2 + 2) / 18.0, 1e-12);
  EXPECT_DOUBLE_EQ(facts.zero_variance_group_ratio(), 0.5);
  EXPECT_EQ(facts.response_tokens(), 18u);
  EXPECT_DOUBLE_EQ(facts.response_tokens_mean(), 3.0);
  EXPECT_EQ(facts.response_tokens_min(), 2u);
  EXPECT_EQ(facts.response_tokens_max(), 4u);
  EXPECT_EQ(facts.prompt_tokens(), 6u);
  EXPECT_NEAR(facts.entropy_mean_nats(),
              (2 * 0.1 + 3 * 0.9 + 4 * 0.5 + 2 * 0.9 + 3 * 0.5 + 4 * 0.4) / 18, 1e-12);
  EXPECT_NEAR(facts.constraints_removed_mean(), 4.0 / 3, 1e-12);
  EXPECT_EQ(facts.max_staleness(), 1u);
  EXPECT_EQ(facts.first_insert().seconds(), 1000);
  EXPECT_EQ(facts.frozen_at().seconds(), 2000);
}

}  // namespace
}  // namespace hir
