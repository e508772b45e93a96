// Settings of hir-learner and their defaults. What is trained, and how, is the run's configuration,
// which replay holds.
#ifndef HIR_SERVICES_LEARNER_CONFIG_H_
#define HIR_SERVICES_LEARNER_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace hir {

// The flags of hir-learner.
struct LearnerServiceConfig {
  std::string run;        // Required.
  std::string replay;     // HOST:PORT of the replay service. Required.
  std::string run_dir;    // Folder for checkpoints and metrics.jsonl. Required.
  std::string model;      // Model folder; empty = the run's model.path.
  std::string advertise;  // Address told to replay and workers; empty = host of --listen.
  int rank = 0;
  int world_size = 1;
  std::string master;       // HOST:PORT where rank 0 meets the other ranks; with world_size > 1.
  int threads = 0;          // Compute threads; 0 = one per core.
  int push_seconds = 120;   // Deadline of one transfer of weights to one worker.
  bool new_ledger = false;  // Continue from a checkpoint that replay does not know.
  std::vector<int64_t> skip_steps;  // Steps whose batches can't be trained; each >= 1.
};

// INVALID_ARGUMENT: a required flag is missing or a value out of range; the message names the flag.
absl::Status Validate(const LearnerServiceConfig& config);

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_CONFIG_H_
