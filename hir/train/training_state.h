// CHECKPOINT/trainer/trainer_state.safetensors: what training needs besides the served weights to
// continue exactly.
//
// Flat float32 tensors of P values, the trained parameters in FlatModel's order: `master`,
// `exp_avg`, `exp_avg_sq`; and `updates`, one float32 number (exact up to 2^24).
//
// CHECKPOINT/trainer/reference.safetensors, where objective.reference_refresh_steps is above 0: the
// reference in its type, under Hugging Face names.
#ifndef HIR_TRAIN_TRAINING_STATE_H_
#define HIR_TRAIN_TRAINING_STATE_H_

#include <string>

#include "absl/status/status.h"
#include "hir/model/weights.h"
#include "hir/train/adamw.h"
#include "hir/train/flat_model.h"

namespace hir {

// `folder` is the checkpoint's and must exist. UNAVAILABLE: the file can't be written.
absl::Status SaveTrainingState(const std::string& folder, const FlatModel& model,
                               const AdamWState& optimizer);

// Overwrites master weights and moments; call RefreshCompute() afterwards.
// NOT_FOUND, INVALID_ARGUMENT: the file is missing, truncated, of another model, or has values that
// are NaN or infinite.
absl::Status LoadTrainingState(const std::string& folder, FlatModel& model, AdamWState& optimizer);

// `folder` must have been given to SaveTrainingState(). UNAVAILABLE: the file can't be written.
absl::Status SaveReference(const std::string& folder, const ModelWeights& reference);

// Overwrites the values of `reference`. Errors: as LoadTrainingState().
absl::Status LoadReference(const std::string& folder, ModelWeights& reference);

}  // namespace hir

#endif  // HIR_TRAIN_TRAINING_STATE_H_
