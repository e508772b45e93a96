// The learning rate of a step. Free of Torch.
//
// Source: the schedules of Transformers 5.17 (optimization.py), which verl and TRL use; the floor
// of a linear schedule is PyTorch's LinearLR. docs/objective.md has the formulas.
#ifndef HIR_TRAIN_LEARNING_RATE_H_
#define HIR_TRAIN_LEARNING_RATE_H_

#include <cstdint>

#include "hir/config/run_config.h"

namespace hir {

// Returns the rate of every update of `step`, from 1 to `total_steps`: a pure function, so that a
// run that resumes goes on with the rates that it would have had.
double LearningRate(const OptimizerConfig& options, int64_t step, int64_t total_steps);

}  // namespace hir

#endif  // HIR_TRAIN_LEARNING_RATE_H_
