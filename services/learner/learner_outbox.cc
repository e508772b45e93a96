#include "services/learner/learner_outbox.h"

#include <utility>

namespace hir {

void LearnerOutbox::SetWeights(NewestWeights weights) {
  absl::MutexLock lock(&mutex_);
  weights_ = std::move(weights);
}

NewestWeights LearnerOutbox::weights() const {
  absl::MutexLock lock(&mutex_);
  return weights_;
}

void LearnerOutbox::AddReport(const learner::v1::StepReport& report) {
  absl::MutexLock lock(&mutex_);
  reports_.push_back(report);
}

const learner::v1::StepReport* LearnerOutbox::FindAfter(int64_t step) const {
  for (const auto& report : reports_) {
    if (report.step() > step) return &report;
  }
  return nullptr;
}

std::optional<learner::v1::StepReport> LearnerOutbox::NextReport(int64_t after_step,
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

void LearnerOutbox::Close(const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  if (!end_.has_value()) end_ = why;
}

std::optional<absl::Status> LearnerOutbox::end() const {
  absl::MutexLock lock(&mutex_);
  return end_;
}

}  // namespace hir
