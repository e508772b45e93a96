// hir-learner: trains the policy of a run and serves its weights.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hir/base/freed_memory.h"
#include "hir/base/status_macros.h"
#include "hir/process/service_main.h"
#include "services/learner/config.h"
#include "services/learner/learner.h"

ABSL_FLAG(std::string, run, "", "Run to train (required).");
ABSL_FLAG(std::string, replay, "", "HOST:PORT of hir-replay (required).");
ABSL_FLAG(std::string, run_dir, "", "Folder for checkpoints and metrics.jsonl (required).");
ABSL_FLAG(std::string, model, "", "Model folder; empty: model.path of the run.");
ABSL_FLAG(std::string, advertise, "", "Address told to the others; empty: that of --listen.");
ABSL_FLAG(int, rank, hir::LearnerServiceConfig().rank, "This process' rank.");
ABSL_FLAG(int, world_size, hir::LearnerServiceConfig().world_size, "Ranks in all.");
ABSL_FLAG(std::string, master, "", "HOST:PORT where rank 0 meets the others.");
ABSL_FLAG(int, threads, hir::LearnerServiceConfig().threads, "Compute threads; 0: one per core.");
ABSL_FLAG(int, push_seconds, hir::LearnerServiceConfig().push_seconds,
          "Deadline of a transfer of weights to one worker.");
ABSL_FLAG(bool, new_ledger, hir::LearnerServiceConfig().new_ledger,
          "The ledger is lost: go on from a checkpoint that replay never saw.");

ABSL_FLAG(std::vector<std::string>, skip_step, {},
          "Steps, with commas between them, to go on without: their batches can't be trained.");

namespace {

// INVALID_ARGUMENT: an entry is not a whole number.
absl::StatusOr<std::vector<int64_t>> SkipSteps() {
  std::vector<int64_t> steps;
  for (const std::string& text : absl::GetFlag(FLAGS_skip_step)) {
    if (!absl::SimpleAtoi(text, &steps.emplace_back())) {
      return absl::InvalidArgumentError(
          absl::StrCat("--skip-step \"", text, "\" is not a whole number"));
    }
  }
  return steps;
}

absl::Status Run(hir::ServiceContext& context) {
  HIR_ASSIGN_OR_RETURN(const std::vector<int64_t> skip_steps, SkipSteps());
  return hir::RunLearner({.run = absl::GetFlag(FLAGS_run),
                          .replay = absl::GetFlag(FLAGS_replay),
                          .run_dir = absl::GetFlag(FLAGS_run_dir),
                          .model = absl::GetFlag(FLAGS_model),
                          .advertise = absl::GetFlag(FLAGS_advertise),
                          .rank = absl::GetFlag(FLAGS_rank),
                          .world_size = absl::GetFlag(FLAGS_world_size),
                          .master = absl::GetFlag(FLAGS_master),
                          .threads = absl::GetFlag(FLAGS_threads),
                          .push_seconds = absl::GetFlag(FLAGS_push_seconds),
                          .new_ledger = absl::GetFlag(FLAGS_new_ledger),
                          .skip_steps = skip_steps},
                         context);
}

}  // namespace

int main(int argc, char** argv) {
  hir::KeepFreedMemory();  // Activations, gradients and logits come and go with every micro-batch.
  return hir::ServiceMain(
      argc, argv, {.name = "hir-learner", .summary = "Trains the policy of a run.", .run = Run});
}
