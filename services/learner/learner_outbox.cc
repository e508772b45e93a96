#include "services/learner/step_board.h"

#include <utility>

namespace hir {

void StepBoard::SetWeights(NewestWeights weights) {
  absl::MutexLock lock(&mutex_);
  weights_ = std::move(weights);
}

NewestWeights StepBoard::weights() const {
  absl::MutexLock lock(&mutex_);
  return weights_;
}

void StepBoard::AddReport(const learner::v1::StepReport& report) {
  absl::MutexLock lock(&mutex_);
  reports_.push_back(report);
}

const learner::v1::StepReport* StepBoard::FindAfter(int64_t step) const {
  for (const auto& report : reports_) {
    if (report.step() > step) return &report;
  }
  return nullptr;
}

std::optional<learner::v1::StepReport> StepBoard::NextReport(int64_t after_step,
                                                             absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  const auto ready = [&] {
    mutex_.AssertReaderHeld();
    return end_.has_value() || FindAfter(after_step) != nullptr;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&ready), timeout);
  const learner::v1::StepReport* report = FindAfter(after_step);
  if (report == nullptr) return std::nullopt;
  return *report;
}

void StepBoard::Close(const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  if (!end_.has_value()) end_ = why;
}

std::optional<absl::Status> StepBoard::end() const {
  absl::MutexLock lock(&mutex_);
  return end_;
}

}  // namespace hir
