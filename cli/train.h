// `hir train`: from a configuration to a trained checkpoint.
#ifndef HIR_CLI_TRAIN_H_
#define HIR_CLI_TRAIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/driver/train_data.h"
#include "hir/cluster/local_ring.h"
#include "hir/config/run_config.h"
#include "hir/data/record.h"
#include "hir/rpc/tls.h"

namespace hir {

struct TrainCommand {
  std::string config_path;
  std::vector<std::string> overrides;  // KEY=VALUE, in order.
  bool dry_run = false;
  bool new_ledger = false;                  // The ledger is lost, the checkpoints are not.
  std::vector<int64_t> skip_steps;          // Their batches can't be trained; each >= 1.
  int learners = 1;                         // Learner processes of the local ring.
  std::vector<std::string> verifier_flags;  // Of the local ring's hir-verifier.
  RingAddresses connect;                    // All empty: a local ring is started.
  TlsFiles tls;
  std::string metrics_listen;  // HOST:PORT of /metrics with the held-out scores; empty: none.
};

// INVALID_ARGUMENT: wrong options; some but not all addresses of a ring. Errors of ReadFlags().
absl::StatusOr<TrainCommand> ParseTrainCommand(absl::Span<const std::string> args);

struct TrainInputs {
  RunConfig config;  // Resolved: overrides applied, paths absolute, checked.
  TrainData train;
  std::vector<InstructionRecord> held_out;  // eval.prompts of them; empty when eval.every is 0.
};

// Reads and checks everything that can be wrong before any work starts. INVALID_ARGUMENT,
// NOT_FOUND or UNAVAILABLE: one sentence naming the file and line, or the field.
absl::StatusOr<TrainInputs> LoadTrainInputs(const TrainCommand& command);

}  // namespace hir

#endif  // HIR_CLI_TRAIN_H_
