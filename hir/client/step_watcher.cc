#include "hir/client/step_watcher.h"

#include <utility>

#include "hir/base/clock.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

constexpr absl::Duration kStreamLife = absl::Hours(24);  // After it the stream is opened again.

}  // namespace

StepWatcher::StepWatcher(learner::v1::Learner::Stub& stub, std::string run, int64_t after_step)
    : stub_(stub), run_(std::move(run)), newest_step_(after_step), thread_([this] { Watch(); }) {}

StepWatcher::~StepWatcher() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  thread_.join();
}

bool StepWatcher::Stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

std::optional<learner::v1::StepReport> StepWatcher::Next(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  const auto something = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !reports_.empty() || complete_ || !status_.ok();
  };
  mutex_.AwaitWithTimeout(absl::Condition(&something), timeout);
  if (reports_.empty()) return std::nullopt;
  learner::v1::StepReport report = std::move(reports_.front());
  reports_.pop_front();
  return report;
}

bool StepWatcher::complete() const {
  absl::MutexLock lock(&mutex_);
  return complete_;
}

absl::Status StepWatcher::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

void StepWatcher::Watch() {
  RealClock clock;
  // A stream that ends without the final report is opened again like a broken one.
  const absl::Status status = Retry(
      clock, {}, [this] { return WatchOnce(); }, [this] { return Stopping(); });
  absl::MutexLock lock(&mutex_);
  if (!stopping_) status_ = status;
}

absl::Status StepWatcher::WatchOnce() {
  learner::v1::WatchRequest request;
  grpc::ClientContext context;
  PrepareCall(context, kStreamLife);
  request.set_run(run_);
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return absl::OkStatus();
    request.set_after_step(newest_step_);
    context_ = &context;
  }
  const auto reader = stub_.Watch(&context, request);
  learner::v1::StepReport report;
  bool complete = false;
  while (reader->Read(&report)) {
    absl::MutexLock lock(&mutex_);
    complete |= report.final();
    if (report.step() > newest_step_) {
      newest_step_ = report.step();
      reports_.push_back(report);
    }
  }
  const absl::Status status = FromGrpc(reader->Finish());
  absl::MutexLock lock(&mutex_);
  context_ = nullptr;
  complete |= status.ok();
  complete_ = complete;
  if (complete || stopping_) return absl::OkStatus();
  return status;
}

}  // namespace hir
