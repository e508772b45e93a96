#include "hir/evaluation/evaluation.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/evaluation/compare.h"
#include "hir/fakes/fake_ring.h"
#include "hir/fakes/in_process_server.h"
#include "hir/testing/manual_clock.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(Evaluate, GoesOnWithAWorkerThatDiesLongAfterTheCallBegan) {
  FakeRing ring;
  {
    absl::MutexLock lock(&ring.state().mutex);
    ring.state().deaths = 2;
  }
  ManualClock clock;
  const std::vector<InstructionRecord> records(3, {{.source_id = "h", .question = "q"}});
  // Every answer takes its time.
  const auto outcomes =
      Evaluate(ring.stubs(), records, {},
               {.clock = clock,
                .progress = [&clock](size_t, size_t) { clock.Sleep(absl::Minutes(10)); },
                .should_stop = [] { return false; }});
  EXPECT_TRUE(outcomes.ok()) << outcomes.status();
}

TEST(Evaluate, EndsAtOnceWhenItIsStoppedWhileTheWorkerSaysNothing) {
  FakeRing ring;
  {
    absl::MutexLock lock(&ring.state().mutex);
    ring.state().silent_worker = true;
  }
  RealClock clock;
  const auto asked = [&ring] {
    absl::MutexLock lock(&ring.state().mutex);
    return ring.state().asked;
  };
  const auto outcomes =
      Evaluate(ring.stubs(), {{{.source_id = "h", .question = "q"}}}, {},
               {.clock = clock, .progress = [](size_t, size_t) {}, .should_stop = asked});
  EXPECT_EQ(outcomes.status().code(), absl::StatusCode::kCancelled);
}

// Answers every prompt with its own name once `waits_for` calls have reached its company; or ends
// every call with the status `end`.
class NamedWorker : public rollout::v1::Rollout::Service {
 public:
  struct Company {
    absl::Mutex mutex;
    int asked ABSL_GUARDED_BY(mutex) = 0;
  };
  NamedWorker(std::string name, Company& company, int waits_for, grpc::Status end = {})
      : name_(std::move(name)), company_(company), waits_for_(waits_for), end_(std::move(end)) {}

  grpc::Status Generate(grpc::ServerContext*, const rollout::v1::GenerateRequest* request,
                        grpc::ServerWriter<rollout::v1::GenerateResponse>* writer) override {
    const auto met = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(company_.mutex) {
      return company_.asked >= waits_for_;
    };
    {
      absl::MutexLock lock(&company_.mutex);
      ++company_.asked;
      company_.mutex.Await(absl::Condition(&met));
    }
    if (!end_.ok()) return end_;
    for (const rollout::v1::Prompt& prompt : request->prompts()) {
      rollout::v1::GenerateResponse response;
      response.set_key(prompt.key());
      response.set_done(true);
      response.set_text(name_);
      writer->Write(response);
    }
    return grpc::Status::OK;
  }

 private:
  const std::string name_;
  Company& company_;
  const int waits_for_;
  const grpc::Status end_;
};

class TwoWorkers : public ::testing::Test {
 protected:
  // How many of six prompts were answered by the worker of each name.
  absl::StatusOr<std::map<std::string, int>> Ask(NamedWorker& first, NamedWorker& second) {
    InProcessServer one({&first});
    InProcessServer other({&second});
    std::vector<std::unique_ptr<rollout::v1::Rollout::Stub>> stubs;
    stubs.push_back(rollout::v1::Rollout::NewStub(one.channel()));
    stubs.push_back(rollout::v1::Rollout::NewStub(other.channel()));
    const auto outcomes = AskWorkers(stubs, records_, {},
                                     {.clock = clock_,
                                      .progress = [this](size_t done, size_t) { done_ = done; },
                                      .should_stop = [] { return false; },
                                      .await_worker = await_worker_});
    if (!outcomes.ok()) return outcomes.status();
    std::map<std::string, int> answers;
    for (const EvalOutcome& outcome : *outcomes) ++answers[outcome.text];
    return answers;
  }

  const std::vector<InstructionRecord> records_{6, {{.source_id = "h", .question = "q"}}};
  NamedWorker::Company company_;
  ManualClock clock_;
  std::function<absl::Status(size_t, const std::function<bool()>&)> await_worker_ =
      [](size_t, const std::function<bool()>&) { return absl::OkStatus(); };
  size_t done_ = 0;
};

TEST_F(TwoWorkers, HaveHalfOfThePromptsEach) {
  NamedWorker a("a", company_, 2), b("b", company_, 2);
  const auto answers = Ask(a, b);
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_THAT(*answers, ElementsAre(Pair("a", 3), Pair("b", 3)));
  EXPECT_EQ(done_, 6u);
}

TEST_F(TwoWorkers, ShareWhatOneOfThemLeavesWithoutAnAnswer) {
  for (const auto code : {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::INTERNAL}) {
    NamedWorker a("a", company_, 0), b("b", company_, 0, {code, "killed"});
    for (const auto& [first, second] : {std::pair(&a, &b), std::pair(&b, &a)}) {
      const auto answers = Ask(*first, *second);
      ASSERT_TRUE(answers.ok()) << answers.status();
      EXPECT_THAT(*answers, ElementsAre(Pair("a", 6)));
    }
  }
}

TEST_F(TwoWorkers, AreNotWaitedForOnceTheOtherHasAnsweredEverything) {
  NamedWorker a("a", company_, 0), b("b", company_, 0);
  await_worker_ = [](size_t worker, const std::function<bool()>& over) -> absl::Status {
    if (worker == 0) return absl::OkStatus();
    while (!over()) std::this_thread::yield();
    return absl::CancelledError("over");
  };
  const auto answers = Ask(a, b);
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_THAT(*answers, ElementsAre(Pair("a", 6)));
}

TEST_F(TwoWorkers, EndTheEvaluationWhenBothAreGivenUp) {
  NamedWorker a("a", company_, 0, {grpc::StatusCode::INTERNAL, "broken"});
  NamedWorker b("b", company_, 0, {grpc::StatusCode::INTERNAL, "broken"});
  EXPECT_EQ(Ask(a, b).status(), absl::InternalError("broken"));
}

TEST(Summarise, CountsResponsesWhoseReasoningNeverEnded) {
  const EvalOutcome ended = {.text = "a</think>b", .reasoning_end = "</think>"};
  const EvalOutcome unended = {.text = "a", .reasoning_end = "</think>"};
  const EvalOutcome plain = {.text = "a"};
  const EvalSummary summary = Summarise({ended, unended, plain});
  EXPECT_EQ(summary.reasoning_unended, 1);
  EXPECT_THAT(SummaryTable(summary), HasSubstr("1 responses whose reasoning never ended"));
  EXPECT_EQ(SummaryTable(Summarise({ended, plain})).find("reasoning"), std::string::npos);
  EXPECT_EQ(OutcomeJson({}, ended)["reasoning_ended"], true);
  EXPECT_EQ(OutcomeJson({}, unended)["reasoning_ended"], false);
  EXPECT_FALSE(OutcomeJson({}, plain).contains("reasoning_ended"));
}

TEST(Summarise, CountsUndecidableAsNotMet) {
  std::vector<EvalOutcome> outcomes(4);
  outcomes[0].strict = {Verdict::kPass, Verdict::kPass};
  outcomes[1].strict = {Verdict::kPass, Verdict::kUndecidable};
  outcomes[2].strict = {Verdict::kFail};
  outcomes[3].strict = {Verdict::kPass};
  for (EvalOutcome& outcome : outcomes) outcome.loose = outcome.strict;
  const EvalSummary summary = Summarise(outcomes);
  EXPECT_DOUBLE_EQ(summary.prompt_strict.value, 0.5);
  EXPECT_DOUBLE_EQ(summary.instruction_strict.value, 4.0 / 6);
  EXPECT_EQ(summary.undecidable, 1);
  EXPECT_THAT(SummaryTable(summary), HasSubstr("prompt strict          50.0 %"));
}

TEST(Summarise, TellsHowManyResponsesWereCutAtTheLimit) {
  std::vector<EvalOutcome> outcomes(4);
  EXPECT_THAT(SummaryTable(Summarise(outcomes)), HasSubstr("0 of 4 responses cut at the limit"));
  outcomes[3].truncated = true;
  const EvalSummary summary = Summarise(outcomes);
  EXPECT_EQ(summary.truncated, 1);
  EXPECT_DOUBLE_EQ(summary.truncated_ratio.value, 0.25);
  EXPECT_GT(summary.truncated_ratio.low, 0);
  EXPECT_LT(summary.truncated_ratio.high, 1);
  EXPECT_THAT(SummaryTable(summary), HasSubstr("cut at the limit       25.0 %   ["));
  EXPECT_THAT(SummaryTable(summary), HasSubstr("1 of 4 responses cut at the limit"));
  const auto line = SummaryJson(2, summary);
  EXPECT_EQ(line["truncated"], 1);
  EXPECT_EQ(line["truncated_ratio"], 0.25);
  EXPECT_EQ(line["truncated_ratio_low"], summary.truncated_ratio.low);
  EXPECT_EQ(line["truncated_ratio_high"], summary.truncated_ratio.high);
}

TEST(Summarise, OfNothingIsAllZero) { EXPECT_EQ(Summarise({}).prompt_strict.value, 0); }

// An evaluation of three prompts of which the first `met` are met.
absl::Status SaveEvaluation(const RunFolder& folder, int64_t step, int met) {
  const std::vector<InstructionRecord> records(3, {{.source_id = "a", .question = "q"}});
  std::vector<EvalOutcome> outcomes(3);
  for (int i = 0; i < 3; ++i) {
    outcomes[i].strict = {i < met ? Verdict::kPass : Verdict::kUndecidable};
    outcomes[i].loose = outcomes[i].strict;
  }
  return folder.SaveEvaluation(step, OutcomeLines(records, outcomes), Summarise(outcomes));
}

TEST(CompareEvaluations, TellsWhatChangedOnTheSamePrompts) {
  const ScratchFolder scratch;
  RunConfig config;
  config.output_dir = scratch.path();
  const RunFolder folder(config);
  ASSERT_TRUE(SaveEvaluation(folder, 0, 1).ok());
  ASSERT_TRUE(SaveEvaluation(folder, 5, 3).ok());
  EXPECT_THAT(*folder.ReadVerdicts(0),
              ElementsAre(ElementsAre(Verdict::kPass), ElementsAre(Verdict::kUndecidable),
                          ElementsAre(Verdict::kUndecidable)));
  const auto compared = CompareEvaluations(folder, 0, 5);
  ASSERT_TRUE(compared.ok()) << compared.status();
  EXPECT_THAT(Describe(*compared), HasSubstr("33.3 % before, 100.0 % after"));
  ASSERT_TRUE(folder.SaveComparison(*compared).ok());
  const auto record = nlohmann::json::parse(*ReadFile(folder.path() + "/comparison.json"));
  EXPECT_EQ(record["prompts"], 3);
  ASSERT_EQ(record["comparisons"].size(), 2u);
  for (const auto& comparison : record["comparisons"]) {
    EXPECT_LE(comparison["low"].get<double>(), comparison["high"].get<double>());
  }
}

TEST(CompareEvaluations, RefusesEvaluationsOfOtherPrompts) {
  const ScratchFolder scratch;
  RunConfig config;
  config.output_dir = scratch.path();
  const RunFolder folder(config);
  ASSERT_TRUE(SaveEvaluation(folder, 0, 1).ok());
  ASSERT_TRUE(folder.SaveEvaluation(5, "", {}).ok());
  EXPECT_EQ(CompareEvaluations(folder, 0, 5).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace hir
