// `hir train`: from a configuration to a trained checkpoint.
#ifndef HIR_CLI_TRAIN_H_
#define HIR_CLI_TRAIN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/driver/train_run.h"

namespace hir {

struct TrainCommand {
  std::string config_path;
  std::vector<std::string> overrides;  // KEY=VALUE, in order.
  bool dry_run = false;
  std::string metrics_listen;  // HOST:PORT of /metrics with the held-out scores; empty: none.
  TrainRequest request;
};

// HelpStatus(). INVALID_ARGUMENT: wrong options; some but not all addresses of a ring. Errors of
// ReadFlags().
absl::StatusOr<TrainCommand> ParseTrainCommand(absl::Span<const std::string> args);

}  // namespace hir

#endif  // HIR_CLI_TRAIN_H_
