// A ring in this process whose learner trains a step as soon as its tasks are put.
#ifndef HIR_CLI_FAKE_RING_H_
#define HIR_CLI_FAKE_RING_H_

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "hir/client/ring_client.h"
#include "hir/rpc/server.h"

namespace hir {

// rollout.train_batch_size of the runs that it knows.
inline constexpr int kFakeTasksPerStep = 2;

// What the four fakes share.
struct FakeRingState {
  absl::Mutex mutex;
  int64_t total_steps ABSL_GUARDED_BY(mutex) = 0;
  int64_t version ABSL_GUARDED_BY(mutex) = 0;
  int64_t checkpoint ABSL_GUARDED_BY(mutex) = 0;
  int64_t restored ABSL_GUARDED_BY(mutex) =
      0;  // The step of the learner's checkpoint, reported first.
  std::vector<replay::v1::Task> tasks ABSL_GUARDED_BY(mutex);
  std::vector<int64_t> evaluated ABSL_GUARDED_BY(mutex);  // Version of every Generate call.
  int broken_streams ABSL_GUARDED_BY(mutex) = 0;          // Watch calls to break after one report.
  // Generate calls after that of version 0 that a worker started again answers with version 0.
  int stale_answers ABSL_GUARDED_BY(mutex) = 0;
  int deaths ABSL_GUARDED_BY(mutex) = 0;              // Generate calls to break after one answer.
  bool silent_worker ABSL_GUARDED_BY(mutex) = false;  // Generate says nothing until cancelled.
  bool asked ABSL_GUARDED_BY(mutex) = false;          // Generate was called.
  int broken_reads ABSL_GUARDED_BY(mutex) = 0;        // ReadStep calls to fail.
  int puts_to_lose ABSL_GUARDED_BY(mutex) = 0;        // PutTasks calls to forget.
  bool lost_run ABSL_GUARDED_BY(mutex) = false;       // GetProgress knows no run.
  std::string warning ABSL_GUARDED_BY(mutex);         // Of every report; empty = none.

  int64_t StepsPut() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return tasks.empty() ? restored : tasks.back().step();
  }
};

class FakeReplay : public replay::v1::Replay::Service {
 public:
  explicit FakeReplay(FakeRingState& state) : state_(state) {}
  grpc::Status GetRun(grpc::ServerContext*, const replay::v1::GetRunRequest*,
                      replay::v1::GetRunResponse* response) override {
    absl::MutexLock lock(&state_.mutex);
    response->mutable_weights()->set_version(state_.version);
    response->set_checkpoint_version(state_.checkpoint);
    return grpc::Status::OK;
  }
  grpc::Status PutTasks(grpc::ServerContext*, const replay::v1::PutTasksRequest* request,
                        replay::v1::PutTasksResponse*) override {
    absl::MutexLock lock(&state_.mutex);
    if (state_.puts_to_lose-- > 0) return grpc::Status::OK;
    for (const auto& task : request->tasks()) state_.tasks.push_back(task);
    return grpc::Status::OK;
  }
  grpc::Status GetProgress(grpc::ServerContext*, const replay::v1::GetProgressRequest*,
                           replay::v1::GetProgressResponse* response) override {
    absl::MutexLock lock(&state_.mutex);
    if (state_.lost_run) return {grpc::StatusCode::NOT_FOUND, "run 'r' does not exist"};
    response->set_collecting_step(state_.version + 1);
    response->set_tasks(static_cast<uint64_t>(state_.StepsPut()) * kFakeTasksPerStep);
    return grpc::Status::OK;
  }
  grpc::Status ReadStep(grpc::ServerContext*, const replay::v1::ReadStepRequest* request,
                        grpc::ServerWriter<replay::v1::RolloutRecord>* writer) override {
    {
      absl::MutexLock lock(&state_.mutex);
      if (state_.broken_reads-- > 0) return {grpc::StatusCode::INTERNAL, "odd"};
    }
    replay::v1::RolloutRecord record;
    record.mutable_scored()->mutable_response()->set_step(request->step());
    writer->Write(record);
    return grpc::Status::OK;
  }

 private:
  FakeRingState& state_;
};

class FakeLearner : public learner::v1::Learner::Service {
 public:
  explicit FakeLearner(FakeRingState& state) : state_(state) {}
  grpc::Status Watch(grpc::ServerContext* context, const learner::v1::WatchRequest* request,
                     grpc::ServerWriter<learner::v1::StepReport>* writer) override {
    for (int64_t step = First(request->after_step()); !context->IsCancelled(); ++step) {
      absl::MutexLock lock(&state_.mutex);
      const auto put = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_.mutex) {
        return state_.StepsPut() >= step;
      };
      while (!state_.mutex.AwaitWithTimeout(absl::Condition(&put), absl::Milliseconds(20))) {
        if (context->IsCancelled()) return grpc::Status::CANCELLED;
      }
      state_.version = step;
      learner::v1::StepReport report;
      report.set_step(step);
      report.set_final(step == state_.total_steps);
      if (!state_.warning.empty()) report.add_warnings(state_.warning);
      if (report.final()) state_.checkpoint = step;
      writer->Write(report);
      if (report.final()) return grpc::Status::OK;
      if (state_.broken_streams-- > 0) return {grpc::StatusCode::UNAVAILABLE, "killed"};
    }
    return grpc::Status::CANCELLED;
  }

 private:
  int64_t First(int64_t after_step) {
    absl::MutexLock lock(&state_.mutex);
    return std::max(after_step + 1, state_.restored);
  }

  FakeRingState& state_;
};

class FakeRollout : public rollout::v1::Rollout::Service {
 public:
  explicit FakeRollout(FakeRingState& state) : state_(state) {}
  grpc::Status GetStatus(grpc::ServerContext*, const rollout::v1::GetStatusRequest*,
                         rollout::v1::GetStatusResponse* response) override {
    absl::MutexLock lock(&state_.mutex);
    response->mutable_serving()->set_version(state_.version);
    return grpc::Status::OK;
  }
  grpc::Status Generate(grpc::ServerContext* context, const rollout::v1::GenerateRequest* request,
                        grpc::ServerWriter<rollout::v1::GenerateResponse>* writer) override {
    absl::MutexLock lock(&state_.mutex);
    state_.asked = true;
    const auto never = [] { return false; };
    while (state_.silent_worker && !context->IsCancelled()) {
      state_.mutex.AwaitWithTimeout(absl::Condition(&never), absl::Milliseconds(10));
    }
    state_.evaluated.push_back(state_.version);
    const bool stale = state_.version > 0 && state_.stale_answers-- > 0;
    const int64_t version = stale ? 0 : state_.version;
    for (const rollout::v1::Prompt& prompt : request->prompts()) {
      rollout::v1::GenerateResponse response;
      response.set_key(prompt.key());
      response.set_done(true);
      response.set_text(absl::StrCat("version ", version));
      response.add_versions()->mutable_weights()->set_version(version);
      response.add_token_ids(1);
      writer->Write(response);
      if (state_.deaths-- > 0) return {grpc::StatusCode::UNAVAILABLE, "killed"};
    }
    return grpc::Status::OK;
  }

 private:
  FakeRingState& state_;
};

// Passes every constraint of an answer that was not made by version 0.
class FakeVerifier : public verifier::v1::Verifier::Service {
 public:
  grpc::Status Verify(grpc::ServerContext*, const verifier::v1::VerifyRequest* request,
                      verifier::v1::VerifyResponse* response) override {
    for (const verifier::v1::VerifyItem& item : request->items()) {
      verifier::v1::VerifyResult& result = *response->add_results();
      const auto verdict = item.response() == "version 0" ? common::v1::VERDICT_UNDECIDABLE
                                                          : common::v1::VERDICT_PASS;
      for (int i = 0; i < item.constraints_size(); ++i) {
        result.add_strict()->set_verdict(verdict);
        result.add_loose()->set_verdict(verdict);
      }
    }
    return grpc::Status::OK;
  }
};

// All four on one port.
class FakeRing {
 public:
  FakeRing() : replay_(state_), learner_(state_), rollout_(state_) {
    server_ = *RpcServer::Start({}, {{replay::v1::Replay::service_full_name(), &replay_},
                                     {learner::v1::Learner::service_full_name(), &learner_},
                                     {rollout::v1::Rollout::service_full_name(), &rollout_},
                                     {verifier::v1::Verifier::service_full_name(), &verifier_}});
    const std::string address = absl::StrCat("127.0.0.1:", server_->port());
    stubs_ = *ConnectRing({address, address, address, address}, {});
  }

  FakeRingState& state() { return state_; }
  RingStubs& stubs() { return stubs_; }

 private:
  FakeRingState state_;
  FakeReplay replay_;
  FakeLearner learner_;
  FakeRollout rollout_;
  FakeVerifier verifier_;
  std::unique_ptr<RpcServer> server_;
  RingStubs stubs_;
};

}  // namespace hir

#endif  // HIR_CLI_FAKE_RING_H_
