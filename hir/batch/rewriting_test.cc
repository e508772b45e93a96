#include "hir/batch/rewriting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/batch/facts.h"
#include "hir/batch/test_step.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SelectAndRewriteTest : public ::testing::Test {
 protected:
  SelectAndRewriteTest() { config_.hindsight.replay_per_prompt = 1; }

  StepSelection Select() { return SelectAndRewrite(input_, config_, BytesOf).value(); }

  std::vector<std::string> Names(const StepSelection& selected) {
    std::vector<std::string> names;
    for (const Replayed& each : selected.replayed) {
      const SampleId& id = input_.responses[each.response].id;
      names.push_back(absl::StrCat(id.task, "/", id.sample));
    }
    return names;
  }

  RunConfig config_;
  StepInput input_ = TestStep();
};

TEST_F(SelectAndRewriteTest, RewritesThePickedOnesToWhatTheyMetBestFirst) {
  const StepSelection selected = Select();
  EXPECT_THAT(Names(selected), ElementsAre("6/1", "6/2"));
  const ReplayedAs& as = selected.replayed[1].as;
  EXPECT_EQ(as.rewritten_instruction, "question 6\n\none\nthree");
  EXPECT_THAT(as.kept, ElementsAre(0, 2));
  EXPECT_THAT(as.dropped, ElementsAre(1));
  EXPECT_DOUBLE_EQ(as.diversity_nats, 0.4);
  EXPECT_DOUBLE_EQ(as.integrity, 2.0 / 3);
  EXPECT_DOUBLE_EQ(as.score, 0.4 + selected.selection.lambda * 2 / 3);
  EXPECT_EQ(selected.replayed[1].prompt, *BytesOf(as.rewritten_instruction));
}

// Of 6/1, "ppu": the second constraint is met by two votes of three.
TEST_F(SelectAndRewriteTest, LeavesOutWhatTooFewVotesHoldTrue) {
  input_.responses[4].votes = {{}, {3, 2}, {}};
  EXPECT_THAT(Select().replayed[0].as.kept, ElementsAre(0, 1));
  config_.hindsight.vote_threshold = 0.7;
  const StepSelection selected = Select();
  EXPECT_THAT(Names(selected), ElementsAre("6/1", "6/2"));
  EXPECT_THAT(selected.replayed[0].as.kept, ElementsAre(0));
  EXPECT_THAT(selected.replayed[0].as.dropped, ElementsAre(1, 2));
  EXPECT_EQ(selected.replayed[0].as.rewritten_instruction, "question 6\n\none");
  EXPECT_DOUBLE_EQ(selected.replayed[0].as.integrity, 2.0 / 3);
  EXPECT_DOUBLE_EQ(ComputeFacts(input_, selected, config_).constraints_removed_mean, 1.5);
}

TEST_F(SelectAndRewriteTest, LeavesOutWhatDependsOnAConstraintThatWasNotMet) {
  input_.responses[4].depends_on = {{}, {2}, {}};
  const StepSelection selected = Select();
  EXPECT_THAT(selected.replayed[0].as.kept, ElementsAre(0));
  EXPECT_EQ(selected.replayed[0].as.rewritten_instruction, "question 6\n\none");
}

TEST_F(SelectAndRewriteTest, TakesTheNextBestForAPromptThatIsTooLong) {
  config_.rollout.max_prompt_tokens = static_cast<int>(std::string("question 6\n\none").size());
  const StepSelection selected = Select();
  EXPECT_THAT(Names(selected), ElementsAre("6/0"));
  EXPECT_EQ(selected.selection.rejected.size(), 3u);
  EXPECT_EQ(selected.selection.skipped[4], SkipReason::kPromptTooLong);
}

TEST_F(SelectAndRewriteTest, ATaskThatWasAbandonedLeavesItsPlaceToOthers) {
  input_.abandoned_tasks = 1;
  EXPECT_THAT(Names(Select()), ElementsAre("6/1", "6/2", "6/0"));
}

TEST_F(SelectAndRewriteTest, SaysWhyAPromptCannotBeRendered) {
  const auto refuse = [](const std::string&) -> absl::StatusOr<std::vector<int32_t>> {
    return absl::InvalidArgumentError("the template refuses it");
  };
  EXPECT_EQ(SelectAndRewrite(input_, config_, refuse).status(),
            absl::InvalidArgumentError("the template refuses it"));
}

TEST_F(SelectAndRewriteTest, OffRewritesNothing) {
  config_.hindsight.mode = SelectionMode::kOff;
  EXPECT_THAT(Select().replayed, IsEmpty());
}

}  // namespace
}  // namespace hir
