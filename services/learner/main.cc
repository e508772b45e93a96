// hir-learner: trains the policy of a run and serves its weights.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hir/base/enum_words.h"
#include "hir/base/freed_memory.h"
#include "hir/base/status_macros.h"
#include "hir/config/choices.h"
#include "hir/process/service_main.h"
#include "hir/train/export_model.h"
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

ABSL_FLAG(std::string, merge, "",
          "Folder of adapters: write the model that they make and end (`hir merge`).");
ABSL_FLAG(std::string, merge_base, "", "With --merge: base model; empty: as the adapters name it.");
ABSL_FLAG(std::string, merge_output, "", "With --merge: folder to write.");
ABSL_FLAG(std::string, merge_dtype, "bf16", "With --merge: bf16 or f32.");

namespace {

// INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS and others: the model can't be made.
absl::Status Merge() {
  const std::string word = absl::GetFlag(FLAGS_merge_dtype);
  const std::optional<hir::Dtype> dtype = hir::FromWord<hir::Dtype>(word);
  if (!dtype) {
    return absl::InvalidArgumentError(absl::StrCat("--dtype is \"", word, "\" but must be one of ",
                                                   hir::AllWords<hir::Dtype>(), "."));
  }
  std::string output = absl::GetFlag(FLAGS_merge_output);
  while (output.size() > 1 && output.back() == '/') output.pop_back();
  if (output.empty()) {
    return absl::InvalidArgumentError("--output is empty but must name a folder to write.");
  }
  const absl::Status status = hir::ExportModel({.adapters = absl::GetFlag(FLAGS_merge),
                                                .base = absl::GetFlag(FLAGS_merge_base),
                                                .output = output,
                                                .dtype = *dtype});
  // Another try would fail in the same way.
  return absl::IsAlreadyExists(status) ? absl::FailedPreconditionError(status.message()) : status;
}

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
  if (!absl::GetFlag(FLAGS_merge).empty()) return Merge();
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
