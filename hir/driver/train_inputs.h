// What a run trains on and is judged by, read and checked before any work starts.
#ifndef HIR_DRIVER_TRAIN_INPUTS_H_
#define HIR_DRIVER_TRAIN_INPUTS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "hir/data/record.h"
#include "hir/driver/train_data.h"

namespace hir {

struct TrainInputs {
  RunConfig config;  // Paths absolute.
  TrainData train;
  std::vector<InstructionRecord> held_out;  // eval.prompts of them; empty when eval.every is 0.
};

// Reads the files that `config`, which is valid, names. `model_is_here` is false for a ring that
// runs elsewhere with a model folder of its own: then prompts are not measured. INVALID_ARGUMENT,
// NOT_FOUND or UNAVAILABLE: one sentence naming the file and line, or the field.
absl::StatusOr<TrainInputs> LoadTrainInputs(const RunConfig& config, bool model_is_here);

}  // namespace hir

#endif  // HIR_DRIVER_TRAIN_INPUTS_H_
