#include "hir/run/rollout_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "hir/base/json.h"
#include "hir/run/test_records.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kTask[] = {"task"};
constexpr const char* kKind[] = {"kind"};

TEST(RolloutJson, TellsVerdictsAndReward) {
  const auto line = RolloutJson(ToRolloutLine(TestRecord()));
  EXPECT_EQ(line["step"], 2);
  EXPECT_EQ(line["task"], 3);
  EXPECT_EQ(line["sample"], 1);
  EXPECT_EQ(line["constraints"][0]["verdict"], "pass");
  EXPECT_EQ(line["constraints"][1]["verdict"], "fail");
  EXPECT_EQ(line["reward"], 0);
  EXPECT_EQ(line["constraint_accuracy"], 0.5);
  EXPECT_FALSE(line.contains("rewritten_instruction"));
}

TEST(RolloutJson, SaysWhyAVerdictIsUndecidable) {
  replay::v1::RolloutRecord record = TestRecord();
  common::v1::ConstraintVerdict& verdict = *record.mutable_scored()->mutable_verdicts(1);
  verdict.set_verdict(common::v1::VERDICT_UNDECIDABLE);
  verdict.set_reason("No judge.");
  const auto line = RolloutJson(ToRolloutLine(record));
  EXPECT_EQ(line["constraints"][1]["verdict"], "undecidable");
  EXPECT_EQ(line["constraints"][1]["reason"], "No judge.");
  EXPECT_FALSE(line["constraints"][0].contains("reason"));
}

TEST(RolloutJson, SaysWhyItsGroupWasLeftOut) {
  replay::v1::RolloutRecord record = TestRecord();
  EXPECT_FALSE(RolloutJson(ToRolloutLine(record)).contains("left_out"));
  record.set_left_out("equal_rewards");
  EXPECT_EQ(RolloutJson(ToRolloutLine(record))["left_out"], "equal_rewards");
}

TEST(RolloutJson, SaysWhetherTheReasoningEnded) {
  replay::v1::RolloutRecord record = TestRecord();
  EXPECT_FALSE(RolloutJson(ToRolloutLine(record)).contains("reasoning_ended"));
  common::v1::Response& response = *record.mutable_scored()->mutable_response();
  response.set_reasoning_end("</think>");
  response.set_text("a</think> b");
  EXPECT_EQ(RolloutJson(ToRolloutLine(record))["text"], "a</think> b");
  EXPECT_EQ(RolloutJson(ToRolloutLine(record))["reasoning_end"], "</think>");
  EXPECT_EQ(RolloutJson(ToRolloutLine(record))["reasoning_ended"], true);
  response.set_text("a");
  EXPECT_EQ(RolloutJson(ToRolloutLine(record))["reasoning_ended"], false);
}

// As older versions of replay stored them: the record must be one that is read again.
TEST(RolloutJson, WritesArgumentsThatAreNoObjectAsTheirText) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& arguments : {std::string("{oops"), deep, "{\"a\":" + deep + "}"}) {
    replay::v1::RolloutRecord record = TestRecord();
    record.mutable_scored()
        ->mutable_response()
        ->mutable_instruction()
        ->mutable_constraints(0)
        ->set_arguments_json(arguments);
    const auto read =
        ParseJson(RolloutJson(ToRolloutLine(record))
                      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ((*read)["constraints"][0]["arguments"], arguments);
  }
}

TEST(RolloutJson, LeavesAnUndecidedRewardOpen) {
  replay::v1::RolloutRecord record = TestRecord();
  record.mutable_scored()->mutable_verdicts(1)->set_verdict(common::v1::VERDICT_UNDECIDABLE);
  EXPECT_TRUE(RolloutJson(ToRolloutLine(record))["reward"].is_null());
}

TEST(RolloutJson, TellsWhatBecameOfAReplayedOne) {
  replay::v1::RolloutRecord record = TestRecord();
  replay::v1::BatchRow& row = *record.mutable_replay();
  row.set_score(1.5);
  row.set_diversity_nats(0.5);
  row.set_integrity(0.25);
  row.add_kept_constraints(0);
  row.add_dropped_constraints(1);
  row.set_rewritten_instruction("q'");
  const auto line = RolloutJson(ToRolloutLine(record));
  EXPECT_EQ(line["replayed"], true);
  EXPECT_EQ(line["score"], 1.5);
  EXPECT_EQ(line["diversity_nats"], 0.5);
  EXPECT_EQ(line["integrity"], 0.25);
  EXPECT_EQ(line["kept_constraints"], nlohmann::ordered_json::array({0}));
  EXPECT_EQ(line["dropped_constraints"], nlohmann::ordered_json::array({1}));
  EXPECT_EQ(line["rewritten_instruction"], "q'");
}

TEST(RolloutJson, NamesTheWeightsAndTheVerifierItFollowsFrom) {
  replay::v1::RolloutRecord record = TestRecord();
  record.mutable_scored()->set_verifier_build("hir-1");
  common::v1::VersionSpan& span = *record.mutable_scored()->mutable_response()->add_versions();
  span.mutable_weights()->set_incarnation(2);
  span.mutable_weights()->set_version(7);
  span.mutable_weights()->set_digest("\x01\xff");
  const auto line = RolloutJson(ToRolloutLine(record));
  EXPECT_EQ(line["verifier_build"], "hir-1");
  EXPECT_EQ(line["weights"].dump(),
            R"([{"first_token":0,"incarnation":2,"version":7,"digest":"01ff"}])");
}

TEST(ReadRolloutLine, ReadsWhatRolloutJsonWrites) {
  replay::v1::RolloutRecord record = TestRecord();
  record.set_step_tasks(5);
  common::v1::ScoredResponse& scored = *record.mutable_scored();
  common::v1::Response& response = *scored.mutable_response();
  response.set_text("a</think> b");
  response.set_reasoning_end("</think>");
  response.set_finish_reason(common::v1::FINISH_REASON_LENGTH);
  response.set_entropy_mean_nats(0.25);
  response.set_entropy_source(common::v1::ENTROPY_SOURCE_SAMPLED);
  response.add_token_ids(65);
  response.add_token_ids(66);
  response.mutable_instruction()->set_source_id("s");
  response.mutable_instruction()->set_layout(common::v1::LAYOUT_DASHES);
  common::v1::Constraint& constraint = *response.mutable_instruction()->mutable_constraints(0);
  constraint.set_arguments_json(R"({"n":1})");
  constraint.set_text("one");
  constraint.add_depends_on(1);
  scored.mutable_verdicts(0)->set_votes_asked(3);
  scored.mutable_verdicts(0)->set_votes_yes(2);
  scored.mutable_verdicts(1)->set_verdict(common::v1::VERDICT_UNDECIDABLE);
  scored.mutable_verdicts(1)->set_reason("No judge.");
  scored.set_verifier_build("hir-1");
  const std::string text = RolloutJson(ToRolloutLine(record)).dump();
  const auto line = ReadRolloutLine(ParseJson(text).value(), {kTask, kKind});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->run, "r");
  EXPECT_EQ(line->step, 2);
  EXPECT_EQ(line->step_tasks, 5u);
  EXPECT_EQ(line->id, (SampleId{3, 1}));
  EXPECT_EQ(line->instruction.source_id, "s");
  EXPECT_EQ(line->instruction.question, "q");
  EXPECT_EQ(line->instruction.layout, Layout::kDashes);
  ASSERT_EQ(line->instruction.constraints.size(), 2u);
  EXPECT_EQ(line->instruction.constraints[0].kind, "k");
  EXPECT_EQ(line->instruction.constraints[0].arguments, (json{{"n", 1}}));
  EXPECT_EQ(line->instruction.constraints[0].text, "one");
  EXPECT_EQ(line->instruction.constraints[0].depends_on, (std::vector<size_t>{1}));
  CheckResult voted = PassIf(true);
  voted.votes = {.asked = 3, .yes = 2};
  EXPECT_THAT(line->verdicts, ElementsAre(voted, Undecidable("No judge.")));
  EXPECT_THAT(line->response.tokens, ElementsAre(65, 66));
  EXPECT_EQ(line->response.entropy_mean, 0.25);
  EXPECT_EQ(line->response.entropy_source, EntropySource::kSampled);
  EXPECT_EQ(line->response.finish_reason, FinishReason::kLength);
  EXPECT_EQ(line->response.text, "a</think> b");
  EXPECT_EQ(line->reasoning_end, "</think>");
  EXPECT_EQ(line->verifier_build, "hir-1");
}

absl::StatusOr<RolloutLine> Read(const std::string& text) {
  return ReadRolloutLine(ParseJson(text).value(), {kTask, kKind});
}

TEST(ReadRolloutLine, TakesLinesThatPeopleWriteByHand) {
  const auto line = Read(R"({"task": 3, "constraints": [{"kind": "k", "verdict": "fail"}]})");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->id.task, 3u);
  EXPECT_EQ(line->instruction.layout, Layout::kSpace);
  EXPECT_EQ(line->response.finish_reason, FinishReason::kStop);
  EXPECT_EQ(line->response.entropy_source, EntropySource::kExact);
  EXPECT_THAT(line->verdicts, ElementsAre(PassIf(false)));
}

TEST(ReadRolloutLine, LeavesTheLayoutOfACompletePromptOpen) {
  EXPECT_TRUE(Read(R"({"task": 1, "layout": 0, "prompt_is_complete": true})").ok());
}

struct Wrong {
  const char* line;
  const char* message;
};

class WrongLines : public testing::TestWithParam<Wrong> {};

TEST_P(WrongLines, AreRefusedByTheFieldsName) {
  const absl::Status status = Read(GetParam().line).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Each, WrongLines,
    testing::Values(
        Wrong{"{}", R"("task" must be a whole number)"},
        Wrong{R"({"task": -1})", R"("task" must be a whole number)"},
        Wrong{R"({"task": 1, "step_tasks": 0.5})", R"("step_tasks" must be a whole number)"},
        Wrong{R"({"task": 1, "question": 3})", R"("question" must be a text)"},
        Wrong{R"({"task": 1, "layout": 9})", "layout is 9"},
        Wrong{R"({"task": 1, "entropy_source": "guessed"})",
              R"("entropy_source" is "guessed" but must be one of exact, sampled.)"},
        Wrong{R"({"task": 1, "token_ids": ["x"]})", R"("token_ids" must be a list of token ids)"},
        Wrong{R"({"task": 1, "constraints": [3]})", R"("constraints" must be a list of objects)"},
        Wrong{R"({"task": 1, "constraints": [{"verdict": "pass"}]})", R"("kind" must be a text)"},
        Wrong{R"({"task": 1, "constraints": [{"kind": "k", "verdict": "maybe"}]})",
              "a verdict of pass, fail or undecidable"}));

}  // namespace
}  // namespace hir
