#include "services/replay/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "services/replay/sample_records.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

replay::v1::LeasedTask Leased() {
  replay::v1::LeasedTask leased;
  *leased.mutable_task() = MakeTask(4, 2);
  leased.set_fencing_token(1);
  leased.add_prompt_token_ids(1);
  return leased;
}

// With three responses per prompt, as MakeTask() requests.
RunConfig Config() {
  RunConfig config;
  config.rollout.responses_per_prompt = 3;
  return config;
}

absl::Status Check(const replay::v1::Task& task) { return CheckTask(task, Config()); }

TEST(CheckTask, TakesATaskAsItShouldBe) { EXPECT_TRUE(Check(MakeTask(0, 1)).ok()); }

TEST(CheckTask, NamesWhatIsWrong) {
  replay::v1::Task task = MakeTask(7, 0);
  EXPECT_THAT(std::string(Check(task).message()), HasSubstr("task 7 is for step 0"));
  task = MakeTask(7, 1);
  task.set_responses(0);
  EXPECT_THAT(std::string(Check(task).message()), HasSubstr("task 7 asks for 0 responses"));
  task = MakeTask(7, 1);
  task.set_replacement(true);
  EXPECT_THAT(std::string(Check(task).message()), HasSubstr("task 7 is a replacement"));
  task = MakeTask(7, 1);
  task.mutable_instruction()->clear_constraints();
  EXPECT_THAT(std::string(Check(task).message()), HasSubstr("task 7: there is no constraint"));
  task = MakeTask(7, 1);
  task.mutable_instruction()->set_layout(common::v1::LAYOUT_UNSPECIFIED);
  EXPECT_THAT(std::string(Check(task).message()), HasSubstr("task 7: layout is 0"));
}

TEST(CheckTask, RefusesConstraintsThatDependOnEachOther) {
  replay::v1::Task task = MakeTask(7, 1);
  common::v1::Instruction& instruction = *task.mutable_instruction();
  instruction.mutable_constraints(0)->add_depends_on(1);
  EXPECT_TRUE(Check(task).ok());
  instruction.mutable_constraints(1)->add_depends_on(0);
  EXPECT_THAT(std::string(Check(task).message()),
              HasSubstr("task 7: constraints[0]: depends_on leads in a circle"));
}

TEST(CheckScoredResponse, TakesAResponseAsItShouldBe) {
  EXPECT_TRUE(CheckScoredResponse(MakeScored(Leased(), 0, "pfu", 0.5)).ok());
}

TEST(CheckScoredResponse, ForgivesRoundingBelowZeroEntropy) {
  EXPECT_TRUE(CheckScoredResponse(MakeScored(Leased(), 0, "pfu", -1e-7)).ok());
}

struct Break {
  const char* message;
  std::function<void(common::v1::ScoredResponse&)> apply;
};

class BrokenResponse : public ::testing::TestWithParam<Break> {};

TEST_P(BrokenResponse, IsRefusedByName) {
  common::v1::ScoredResponse scored = MakeScored(Leased(), 1, "pfu", 0.5);
  GetParam().apply(scored);
  const absl::Status status = CheckScoredResponse(scored);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Each, BrokenResponse,
    ::testing::Values(
        Break{"the run's name is \"\"",
              [](auto& s) { s.mutable_response()->mutable_id()->clear_run(); }},
        Break{"schema_version 2", [](auto& s) { s.mutable_response()->set_schema_version(2); }},
        Break{"sample 4/1 has finish_reason 0, which is not a finish reason",
              [](auto& s) { s.mutable_response()->clear_finish_reason(); }},
        Break{"no prompt_token_ids",
              [](auto& s) { s.mutable_response()->clear_prompt_token_ids(); }},
        Break{"no token_ids", [](auto& s) { s.mutable_response()->clear_token_ids(); }},
        Break{"4 logprobs for 3 token_ids",
              [](auto& s) { s.mutable_response()->add_logprobs(-1); }},
        Break{"a logprob that is not",
              [](auto& s) { s.mutable_response()->set_logprobs(0, std::nanf("")); }},
        Break{"a logprob that is not",
              [](auto& s) { s.mutable_response()->set_logprobs(0, 0.5f); }},
        Break{"entropy -1", [](auto& s) { s.mutable_response()->set_entropy_mean_nats(-1); }},
        Break{"no versions", [](auto& s) { s.mutable_response()->clear_versions(); }},
        Break{"does not rise from 0", [](auto& s) { s.mutable_response()->add_versions(); }},
        Break{"2 verdicts for 3 constraints", [](auto& s) { s.mutable_verdicts()->RemoveLast(); }},
        Break{"verdict 0, which is not a verdict",
              [](auto& s) { s.mutable_verdicts(0)->clear_verdict(); }},
        Break{"verdict 77, which is not a verdict",
              [](auto& s) {
                s.mutable_verdicts(0)->set_verdict(static_cast<common::v1::Verdict>(77));
              }},
        Break{"finish_reason 99",
              [](auto& s) {
                s.mutable_response()->set_finish_reason(static_cast<common::v1::FinishReason>(99));
              }},
        Break{"3 votes of yes out of 2",
              [](auto& s) {
                s.mutable_verdicts(1)->set_votes_asked(2);
                s.mutable_verdicts(1)->set_votes_yes(3);
              }},
        Break{"a reason of 5000 bytes",
              [](auto& s) { s.mutable_verdicts(2)->set_reason(std::string(5000, 'r')); }},
        Break{"a verifier_build of 300 bytes",
              [](auto& s) { s.set_verifier_build(std::string(300, 'b')); }}));

}  // namespace
}  // namespace hir
