// CHECKPOINT/trainer/trainer_state.safetensors: what training needs beside the served weights to go
// on exactly.
//
// Flat float32 tensors of P values in the order of ExpectedTensors(): `master`, `exp_avg`,
// `exp_avg_sq`; and `updates`, one float32 number (exact up to 2^24).
#ifndef HIR_TRAIN_TRAINING_STATE_H_
#define HIR_TRAIN_TRAINING_STATE_H_

#include <string>

#include "absl/status/status.h"
#include "hir/train/adamw.h"
#include "hir/train/flat_model.h"

namespace hir {

// `folder` is that of the checkpoint and exists. UNAVAILABLE: the file can't be written.
absl::Status SaveTrainingState(const std::string& folder, const FlatModel& model,
                               const AdamWState& optimizer);

// Overwrites master weights and moments; compute() of the model is out of date afterwards.
// NOT_FOUND, INVALID_ARGUMENT: the file is absent, truncated, of another model, or has numbers that
// are NaN or infinite.
absl::Status LoadTrainingState(const std::string& folder, FlatModel& model, AdamWState& optimizer);

}  // namespace hir

#endif  // HIR_TRAIN_TRAINING_STATE_H_
