// Implements Trainer with Torch.
#ifndef HIR_TRAIN_POLICY_TRAINER_H_
#define HIR_TRAIN_POLICY_TRAINER_H_

#include <torch/torch.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/collective/process_group.h"
#include "hir/config/run_config.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"
#include "hir/train/adamw.h"
#include "hir/train/batch_facts.h"
#include "hir/train/flat_model.h"
#include "hir/train/policy_update.h"
#include "hir/train/step_statistics.h"
#include "hir/train/trainer.h"

namespace hir {

// Holds one rank's policy (all of its weights or, with lora.rank, adapters) as a FlatModel, AdamW's
// moments, and the reference, which is frozen or refreshed every few steps. Ranks have equal
// weights and share the rows, so every decision about an update (which rows it has, whether it is
// finite) is made on sums over all ranks.
class PolicyTrainer : public Trainer {
 public:
  // `weights` are float32, or of the compute type if adapters are trained. The reference is a copy
  // in the compute type; that of adapters, unless it is refreshed, is the model beside which they
  // are.
  PolicyTrainer(const RunConfig& config, const Architecture& architecture,
                const ModelWeights& weights, at::ScalarType compute_type,
                std::unique_ptr<ProcessGroup> group);

  int rank() const override { return group_->rank(); }
  int world_size() const override { return group_->size(); }
  absl::StatusOr<StepMetrics> TrainStep(const TrainingBatch& batch) override;
  absl::StatusOr<PackedWeights> Pack() override;
  absl::Status Save(const std::string& folder) override;
  absl::Status Restore(const std::string& folder) override;
  absl::StatusOr<int64_t> ShareFromRankZero(int64_t value) override;

  // For tests. Its gradients() are those of the last optimizer step: summed over ranks and clipped.
  const FlatModel& model() const { return model_; }

 private:
  // The included rows of this rank with their per-token data.
  struct Step;

  // Computes everything that the updates of a step share. Collective.
  absl::StatusOr<Step> Prepare(const TrainingBatch& batch, StepMetrics& metrics,
                               StepStatistics& statistics);
  // TrainStep() without the handling of Torch's exceptions.
  absl::StatusOr<StepMetrics> TrainStepOrThrow(const TrainingBatch& batch);
  // Makes one optimizer update; returns the norm of its gradient. FAILED_PRECONDITION, on every
  // rank: loss, gradient norm or weights are not finite.
  absl::StatusOr<double> Update(const Step& step, RowRange range, bool measure_mismatch,
                                StepMetrics& metrics, StepStatistics& statistics);
  // Measures what the first update would have measured, for a step without an update.
  absl::Status MeasureMismatch(const Step& step, StepStatistics& statistics);

  // Makes the policy the reference. REQUIRES: kl_coef is not 0.
  void RefreshReference();

  RunConfig config_;
  std::unique_ptr<ProcessGroup> group_;
  FlatModel model_;
  AdamWState optimizer_;
  std::optional<ModelWeights> reference_;  // Set if kl_coef is not 0.
};

}  // namespace hir

#endif  // HIR_TRAIN_POLICY_TRAINER_H_
