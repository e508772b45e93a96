// Scripted stand-ins for what the training loop works with, for tests.
#ifndef HIR_SERVICES_LEARNER_FAKES_H_
#define HIR_SERVICES_LEARNER_FAKES_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/train/trainer.h"
#include "services/learner/ledger.h"
#include "services/learner/weights_publisher.h"

namespace hir {

// Weights that are the number of steps trained, as text.
class FakeTrainer : public Trainer {
 public:
  explicit FakeTrainer(int rank = 0) : rank_(rank) {}

  int rank() const override { return rank_; }
  int world_size() const override { return 1; }
  absl::StatusOr<std::map<std::string, double>> TrainStep(const TrainingBatch& batch) override {
    ++trained;
    last_rows = batch.rows;
    return std::map<std::string, double>{{"actor/pg_loss", 0.5}};
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

 private:
  int rank_;
};

// Has a batch of two rows for every step up to `frozen`; afterwards says that it is told to stop.
class FakeLedger : public Ledger {
 public:
  absl::StatusOr<replay::v1::GetRunResponse> GetRun() override {
    replay::v1::GetRunResponse run = settings;
    if (!advanced.empty()) {
      run.mutable_weights()->set_incarnation(advanced.back().first.incarnation);
    }
    return run;
  }
  absl::StatusOr<uint64_t> TakeIncarnation(const std::string&) override { return ++incarnation; }
  absl::StatusOr<replay::v1::GetBatchResponse> AwaitBatch(int64_t step) override {
    if (step > frozen) return absl::CancelledError("told to stop");
    replay::v1::GetBatchResponse batch;
    batch.set_batch_digest(absl::StrCat("batch ", step));
    batch.mutable_facts()->set_originals(2);
    batch.mutable_facts()->set_reward_density(0.25);
    batch.add_rows();
    batch.add_rows();
    return batch;
  }
  absl::StatusOr<std::vector<TrainingSample>> ReadShard(int64_t, int, int) override {
    return std::vector<TrainingSample>(2);
  }
  absl::Status AdvanceVersion(const WeightsVersion& weights,
                              const std::string& batch_digest) override {
    if (!advance_status.ok()) return advance_status;
    advanced.emplace_back(weights, batch_digest);
    return absl::OkStatus();
  }
  absl::Status CommitCheckpoint(const WeightsVersion& weights, int64_t oldest) override {
    if (!commit_status.ok()) return commit_status;
    committed.emplace_back(weights.version, oldest);
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<std::string>> Workers() override {
    return std::vector<std::string>{"worker:1"};
  }

  replay::v1::GetRunResponse settings;
  int64_t frozen = 100;
  uint64_t incarnation = 0;
  absl::Status advance_status, commit_status;
  std::vector<std::pair<WeightsVersion, std::string>> advanced;
  std::vector<std::pair<int64_t, int64_t>> committed;  // (version, oldest kept).
};

// Notes which versions went to how many workers.
class FakePublisher : public WeightsPublisher {
 public:
  void Publish(const NewestWeights& weights, const std::vector<std::string>& workers) override {
    published.emplace_back(weights.version.version, workers.size());
  }
  std::vector<std::pair<int64_t, size_t>> published;
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_FAKES_H_
