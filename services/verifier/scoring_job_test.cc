#include "services/verifier/scoring_job.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/all_checkers.h"
#include "hir/rpc/chunks.h"
#include "prometheus/registry.h"

namespace hir {
namespace {

using common::v1::Response;
using common::v1::ScoredResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Time kNow = absl::UnixEpoch();

// A response to "no comma, in quotation marks, and what the judge says".
Response MakeResponse(std::string text) {
  Response response;
  response.set_schema_version(1);
  response.mutable_id()->set_run("run");
  response.mutable_id()->set_task(7);
  response.add_prompt_token_ids(1);
  response.add_token_ids(1);
  response.add_logprobs(-0.5f);
  response.set_finish_reason(common::v1::FINISH_REASON_STOP);
  response.add_versions();
  response.set_text(std::move(text));
  for (const char* kind : {"punctuation:no_comma", "judge:criterion", "startend:quotation"}) {
    response.mutable_instruction()->add_constraints()->set_kind(kind);
  }
  response.mutable_instruction()->mutable_constraints(1)->set_arguments_json(
      R"({"criterion": "It is kind."})");
  return response;
}

class SaysYes : public Checker {
 public:
  CheckResult Check(const ResponseText&) const override { return PassIf(true); }
  bool waits() const override { return true; }
};

CheckerRegistry WithJudge() {
  CheckerRegistry registry = AllCheckers();
  registry.Enable("judge:criterion",
                  [](const Arguments&) { return std::unique_ptr<Checker>(new SaysYes); });
  return registry;
}

class ScoringJobTest : public testing::Test {
 protected:
  std::shared_ptr<ScoringJob> Start(Response response) {
    return ScoringJob::Start(registry_, std::move(response), nullptr, kNow).value();
  }

  const CheckerRegistry registry_ = WithJudge();
  prometheus::Registry metrics_registry_;
  VerifierMetrics metrics_{metrics_registry_};
};

TEST_F(ScoringJobTest, TellsItsOwnConstraintsFromThoseThatWait) {
  const auto job = Start(MakeResponse("a"));
  EXPECT_THAT(job->OwnConstraints(), ElementsAre(0, 2));
  EXPECT_THAT(job->WaitingConstraints(), ElementsAre(1));
  EXPECT_EQ(job->id().task(), 7u);
}

TEST_F(ScoringJobTest, IsCompleteWithTheLastVerdictInWhateverOrderTheyCome) {
  const auto job = Start(MakeResponse("a, b"));
  const ResponseText text = job->Text();
  EXPECT_EQ(job->Add({1}, {job->Decide(1, text)}), ScoringJob::Progress::kUndecided);
  EXPECT_EQ(job->Add({2, 0}, {job->Decide(2, text), job->Decide(0, text)}),
            ScoringJob::Progress::kComplete);
  const ScoredResponse scored = job->Finish(metrics_, kNow + absl::Seconds(1)).value();
  ASSERT_EQ(scored.verdicts_size(), 3);
  EXPECT_EQ(scored.verdicts(0).verdict(), common::v1::VERDICT_FAIL);
  EXPECT_EQ(scored.verdicts(1).verdict(), common::v1::VERDICT_PASS);
  EXPECT_EQ(scored.verdicts(2).verdict(), common::v1::VERDICT_FAIL);
  EXPECT_EQ(scored.verifier_build(), registry_.build());
}

TEST_F(ScoringJobTest, AResponseWithoutConstraintsIsCompleteAtOnce) {
  Response response = MakeResponse("a");
  response.mutable_instruction()->clear_constraints();
  const auto job = Start(std::move(response));
  EXPECT_THAT(job->OwnConstraints(), IsEmpty());
  EXPECT_EQ(job->Add({}, {}), ScoringJob::Progress::kComplete);
  EXPECT_EQ(job->Finish(metrics_, kNow)->verdicts_size(), 0);
}

TEST_F(ScoringJobTest, IsAbandonedWhenAVerdictWasLeftOut) {
  const auto job = Start(MakeResponse("a"));
  const ResponseText text = job->Text();
  EXPECT_EQ(job->Add({1}, {job->LeaveUndecided()}), ScoringJob::Progress::kUndecided);
  EXPECT_EQ(job->Add({0, 2}, {job->Decide(0, text), job->Decide(2, text)}),
            ScoringJob::Progress::kAbandoned);
}

TEST_F(ScoringJobTest, CheckersSeeWhatFollowsTheReasoning) {
  Response response = MakeResponse("a, b</think>c");
  response.set_reasoning_end("</think>");
  const auto job = Start(std::move(response));
  EXPECT_EQ(job->Text().text(), U"c");
}

// Where the bytes lie tells whether they were copied.
TEST_F(ScoringJobTest, MovesTheResponseInAndOut) {
  Response response = MakeResponse(std::string(1000, 'x'));
  const char* const bytes = response.text().data();
  const auto job = Start(std::move(response));
  job->Add({0, 1, 2}, {PassIf(true), PassIf(true), PassIf(true)});
  const auto scored = job->Finish(metrics_, kNow);
  EXPECT_EQ(scored->response().text().data(), bytes);
}

TEST_F(ScoringJobTest, RefusesWhatNobodyCanTake) {
  Response broken = MakeResponse("a");
  broken.add_logprobs(0);
  EXPECT_THAT(ScoringJob::Start(registry_, broken, nullptr, kNow).status().message(),
              HasSubstr("logprobs"));
  Response unknown = MakeResponse("a");
  unknown.mutable_instruction()->mutable_constraints(2)->set_kind("startend:quotations");
  EXPECT_THAT(ScoringJob::Start(registry_, unknown, nullptr, kNow).status().message(),
              HasSubstr("Constraint 2"));
}

TEST_F(ScoringJobTest, RefusesAResponseThatItsVerdictsMakeTooLarge) {
  const auto job = Start(MakeResponse("a"));
  job->Add({0, 1, 2},
           {PassIf(true), PassIf(true), Undecidable(std::string(kMaxMessageBytes, 'x'))});
  const auto scored = job->Finish(metrics_, kNow);
  EXPECT_EQ(scored.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(scored.status().message(), HasSubstr("at most 64 MiB"));
}

}  // namespace
}  // namespace hir
