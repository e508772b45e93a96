// The probe that travels with published weights.
#ifndef HIR_TRAIN_WEIGHTS_PROBE_H_
#define HIR_TRAIN_WEIGHTS_PROBE_H_

#include "absl/status/statusor.h"
#include "hir/train/scoring.h"
#include "hir/weights/packed_weights.h"

namespace hir {

// Scores a sequence that depends only on the vocabulary's size: 32 tokens from all over it, fewer
// where the model's context is shorter. Takes one forward pass over them. Errors: those of
// ScoreSequences().
absl::StatusOr<WeightsProbe> MakeProbe(const ScoredModel& model);

}  // namespace hir

#endif  // HIR_TRAIN_WEIGHTS_PROBE_H_
