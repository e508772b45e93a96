// Scripted fakes of what the training loop works with, for tests.
#ifndef HIR_SERVICES_LEARNER_FAKES_H_
#define HIR_SERVICES_LEARNER_FAKES_H_

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/train/trainer.h"
#include "services/learner/ledger.h"
#include "services/learner/weights_publisher.h"

namespace hir {

// A trainer whose weights are the number of steps trained, as text.
class FakeTrainer : public Trainer {
 public:
  explicit FakeTrainer(int rank = 0) : rank_(rank) {}

  int rank() const override { return rank_; }
  int world_size() const override { return 1; }
  absl::StatusOr<StepMetrics> TrainStep(const TrainingBatch& batch) override {
    if (!train_status.ok()) return train_status;
    ++trained;
    last_rows = batch.rows;
    return StepMetrics{.actor_pg_loss = 0.5, .actor_ppo_kl = kl};
  }
  absl::StatusOr<PackedWeights> Pack() override {
    return PackedWeights{.tensors = {}, .bytes = std::to_string(trained)};
  }
  absl::Status Save(const std::string& folder) override {
    return WriteFileAtomically(folder + "/weights", std::to_string(trained));
  }
  absl::Status Restore(const std::string& folder) override {
    trained = std::stoi(*ReadFile(folder + "/weights"));
    return absl::OkStatus();
  }
  absl::StatusOr<int64_t> ShareFromRankZero(int64_t value) override { return value; }

  int trained = 0;
  uint32_t last_rows = 0;
  double kl = 0;
  absl::Status train_status;

 private:
  int rank_;
};

// A ledger with a batch of two rows for every step up to `frozen`; for later ones it returns
// CANCELLED.
class FakeLedger : public Ledger {
 public:
  absl::StatusOr<replay::v1::GetRunResponse> GetRun() override {
    replay::v1::GetRunResponse run = settings;
    if (!advanced.empty()) {
      run.mutable_weights()->set_incarnation(advanced.back().first.incarnation);
      run.set_first_version(advanced.front().first.version);
    }
    if (!committed.empty()) run.set_checkpoint_version(committed.back().first);
    return run;
  }
  absl::StatusOr<uint64_t> TakeIncarnation(const std::string&, uint64_t above) override {
    return incarnation = std::max(incarnation, above) + 1;
  }
  absl::StatusOr<std::map<int64_t, std::string>> Batches() override {
    std::map<int64_t, std::string> digests;
    for (int64_t step = 1; step <= frozen; ++step) digests[step] = DigestOf(step);
    return digests;
  }
  absl::StatusOr<replay::v1::GetBatchResponse> AwaitBatch(int64_t step, const WeightsId&) override {
    if (step > frozen) return absl::CancelledError("told to stop");
    replay::v1::GetBatchResponse batch;
    batch.set_batch_digest(DigestOf(step));
    if (step == abandoned_step) {
      batch.mutable_facts()->set_abandoned_tasks(4);
      batch.mutable_facts()->set_abandon_reason("worker:1: the logits are not finite");
      return batch;
    }
    batch.mutable_facts()->set_entropy_mean_nats(entropy);
    batch.mutable_facts()->set_originals(2);
    batch.mutable_facts()->set_reward_density(0.25);
    batch.add_rows();
    batch.add_rows();
    return batch;
  }
  absl::StatusOr<std::vector<TrainingSample>> ReadShard(int64_t, int, int) override {
    return std::vector<TrainingSample>(2);
  }
  absl::Status AdvanceVersion(const WeightsId& weights, const std::string& batch_digest) override {
    if (!advance_status.ok()) return advance_status;
    HIR_RETURN_IF_ERROR(Fence(weights));
    advanced.emplace_back(weights, batch_digest);
    return absl::OkStatus();
  }
  absl::Status CommitCheckpoint(const WeightsId& weights, int64_t oldest) override {
    if (const auto hook = std::exchange(before_commit, nullptr)) hook();
    if (!commit_status.ok()) return commit_status;
    HIR_RETURN_IF_ERROR(Fence(weights));
    committed.emplace_back(weights.version, oldest);
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<std::string>> Workers() override {
    return std::vector<std::string>{"worker:1"};
  }

  std::string DigestOf(int64_t step) const {
    return absl::StrCat(step == frozen_anew ? "other batch " : "batch ", step);
  }
  absl::Status Fence(const WeightsId& weights) const {
    if (weights.incarnation == incarnation) return absl::OkStatus();
    return absl::FailedPreconditionError("another learner has taken over");
  }

  replay::v1::GetRunResponse settings;
  int64_t frozen = 100;
  int64_t frozen_anew = 0;              // A step whose batch was lost and frozen again; 0 = none.
  int64_t abandoned_step = 0;           // A step all of whose tasks were abandoned; 0 = none.
  double entropy = 1;                   // Of each batch, nats per token.
  std::function<void()> before_commit;  // Called once, when a checkpoint is committed.
  uint64_t incarnation = 0;
  absl::Status advance_status, commit_status;
  std::vector<std::pair<WeightsId, std::string>> advanced;
  std::vector<std::pair<int64_t, int64_t>> committed;  // (version, oldest kept).
};

// Records which versions were sent to how many workers.
class FakePublisher : public WeightsPublisher {
 public:
  void Publish(const NewestWeights& weights, const std::vector<std::string>& workers) override {
    published.emplace_back(weights.version.version, workers.size());
  }
  std::vector<std::pair<int64_t, size_t>> published;
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_FAKES_H_
