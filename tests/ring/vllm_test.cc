// Shows that a worker in front of a vLLM server takes part in a ring, and that nothing is lost when
// worker or server dies in mid-response.
//
// The server is a fake that computes with HiR's own engine, on the weights that it is told to load.
// The probe is therefore a real one: it passes because the folder has the learner's weights. That a
// real server computes the same is shown by `make vllm-test` only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <deque>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/generate/open_engine.h"
#include "hir/vllm/fake_vllm_server.h"
#include "tests/support/tiny_run.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kDeadline = absl::Minutes(4);
constexpr int kSteps = 6;
constexpr size_t kResponsesPerStep = 8 * 6;

// Computes with the engine of this process.
class EngineModel : public FakeVllmModel {
 public:
  int64_t vocabulary() const override { return 258; }

  absl::Status Load(const std::string& folder) override {
    const EngineOptions options = {
        .dtype = Dtype::kF32, .device = DeviceChoice::kCpu, .max_running_sequences = 64};
    HIR_ASSIGN_OR_RETURN(std::shared_ptr<Engine> engine, OpenLocalEngine(folder, "", options));
    engine->Start();
    absl::MutexLock lock(&mu_);
    engine_ = std::move(engine);
    return absl::OkStatus();
  }

  std::vector<float> Score(const std::vector<int32_t>& tokens) override {
    FakeVllmQuery query = {.prompt = tokens};
    std::vector<float> scores;
    Run(query, /*score=*/true, [&](const FinishedResponse& response) {
      for (size_t i = 1; i < tokens.size(); ++i) {
        scores.push_back((*response.prompt_scores)[i].log_probability);
      }
    });
    return scores;
  }

  void Generate(const FakeVllmQuery& query, const Emit& emit) override {
    Run(query, /*score=*/false, [&](const FinishedResponse& response) {
      for (size_t i = 0; i < response.tokens.size(); ++i) {
        const bool last = i + 1 == response.tokens.size();
        if (!emit(static_cast<int>(response.sample), response.tokens[i],
                  response.log_probabilities[i],
                  last ? FinishReasonName(response.finish_reason) : nullptr)) {
          return;
        }
      }
    });
  }

 private:
  // Blocks until every response has been passed to `take`, on this thread.
  void Run(const FakeVllmQuery& query, bool score,
           const std::function<void(const FinishedResponse&)>& take) {
    std::shared_ptr<Engine> engine;
    absl::Mutex mu;
    std::deque<absl::StatusOr<FinishedResponse>> done;
    GenerationRequest request;
    {
      absl::MutexLock lock(&mu_);
      engine = engine_;
      request.key = ++queries_;  // Other draws each time, as a server's are.
    }
    request.prompt = query.prompt;
    for (int i = 0; i < query.responses; ++i) request.samples.push_back(static_cast<uint32_t>(i));
    request.settings.max_response_tokens = query.max_tokens;
    request.settings.min_tokens = query.min_tokens;
    request.settings.score_prompt = score;
    request.stop_tokens = query.stop_tokens;
    request.on_done = [&](uint32_t, absl::StatusOr<FinishedResponse> response) {
      absl::MutexLock lock(&mu);
      done.push_back(std::move(response));
    };
    ASSERT_TRUE(engine->Submit(std::move(request)).ok());
    for (int i = 0; i < query.responses; ++i) {
      absl::StatusOr<FinishedResponse> response = absl::UnknownError("");
      {
        const auto any = [&] { return !done.empty(); };
        absl::MutexLock lock(&mu);
        mu.Await(absl::Condition(&any));
        response = std::move(done.front());
        done.pop_front();
      }
      ASSERT_TRUE(response.ok()) << response.status();
      take(*response);
    }
  }

  absl::Mutex mu_;
  std::shared_ptr<Engine> engine_ ABSL_GUARDED_BY(mu_);
  uint64_t queries_ ABSL_GUARDED_BY(mu_) = 0;
};

class VllmRing : public testing::Test {
 protected:
  explicit VllmRing(const std::string& name) : run_(name) {}

  // Starts a run whose own worker sleeps once a step is trained, so that later ones need the worker
  // in front of the fake server; waits until that one has trained two.
  void TrainWithVllm() {
    training_ = run_.StartTraining({absl::StrCat("learner.total_steps=", kSteps),
                                    "rollout.deterministic=false", "rollout.lease_seconds=4",
                                    "hindsight.entropy_source=sampled"});
    ASSERT_TRUE(Await(kDeadline, [&] { return HasSteps(1); })) << training_->Output();
    const std::vector<pid_t> own = Descendants(training_->pid(), "hir-rollout");
    ASSERT_EQ(own.size(), 1u);
    own_worker_ = own[0];
    kill(own_worker_, SIGSTOP);
    const size_t trained = run_.Metrics().size();
    ASSERT_LT(trained + 2, static_cast<size_t>(kSteps));
    const std::string key = run_.root() + "/key";
    ASSERT_TRUE(WriteFileAtomically(key, "sesame\n").ok());
    worker_ = std::make_unique<TestProcess>(
        std::vector<std::string>{
            absl::StrCat(HIR_BIN_DIR, "/hir-rollout"), "--listen=127.0.0.1:0", "--model",
            run_.model_folder(), "--run=tiny", "--replay", run_.Address("replay"), "--verifier",
            run_.Address("verifier"), "--engine=vllm", "--engine-url", server_.url(),
            "--engine-api-key-file", key, "--weights-folder", run_.root() + "/weights"},
        run_.root() + "/vllm-worker.log");
    ASSERT_TRUE(Await(kDeadline, [&] { return HasSteps(trained + 2); })) << worker_->Output();
    // From now on nothing is finished by it.
    server_.Break(VllmFault::kHang);
    ASSERT_TRUE(server_.AwaitHanging(1)) << worker_->Output();
  }

  // The run's own worker goes on, and no response is missing at the end.
  void ExpectNothingIsLost() {
    kill(own_worker_, SIGCONT);
    ASSERT_EQ(training_->Wait(kDeadline), 0) << training_->Output();
    const auto metrics = run_.Metrics();
    ASSERT_EQ(metrics.size(), static_cast<size_t>(kSteps));
    for (const auto& step : metrics)
      EXPECT_EQ(step.at("training/abandoned_tasks").get<double>(), 0);
    std::set<std::pair<int, int>> samples;
    for (const auto& record : run_.Rollouts()) {
      samples.emplace(record.at("task").get<int>(), record.at("sample").get<int>());
      EXPECT_EQ(record.at("entropy_source"), "sampled");
    }
    EXPECT_EQ(samples.size(), kSteps * kResponsesPerStep);
  }

  bool HasSteps(size_t count) const { return run_.Metrics().size() >= count; }

  TinyRun run_;
  EngineModel model_;
  FakeVllmServer server_{model_, {.key = "sesame"}};
  std::unique_ptr<TestProcess> training_;
  std::unique_ptr<TestProcess> worker_;
  pid_t own_worker_ = 0;
};

class VllmWorkerKilled : public VllmRing {
 protected:
  VllmWorkerKilled() : VllmRing("vllm-worker") {}
};

TEST_F(VllmWorkerKilled, InMidResponseLosesNoTask) {
  ASSERT_NO_FATAL_FAILURE(TrainWithVllm());
  worker_->Signal(SIGKILL);
  EXPECT_EQ(worker_->Wait(kDeadline), 128 + SIGKILL);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingIsLost());
  EXPECT_THAT(run_.Log("hir-replay"), HasSubstr("lease expired; the task waits again"));
}

class VllmServerKilled : public VllmRing {
 protected:
  VllmServerKilled() : VllmRing("vllm-server") {}
};

TEST_F(VllmServerKilled, InMidResponseEndsItsWorkerInOneSentenceAndLosesNoTask) {
  ASSERT_NO_FATAL_FAILURE(TrainWithVllm());
  server_.Break(VllmFault::kCut);
  EXPECT_EQ(worker_->Wait(kDeadline), 1);
  EXPECT_THAT(worker_->Output(), HasSubstr(absl::StrCat("hir-rollout: vLLM at ", server_.url(),
                                                        ": /inference/v1/generate ends its answer "
                                                        "before the end")));
  ASSERT_NO_FATAL_FAILURE(ExpectNothingIsLost());
}

}  // namespace
}  // namespace hir
