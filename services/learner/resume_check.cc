#include "services/learner/resume_check.h"

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

constexpr char kWhatToDo[] =
    "; restore Redis' whole append-only file, or begin an empty ledger after the newest "
    "checkpoint with --new-ledger";

absl::Status CheckCheckpoint(const std::optional<FoundCheckpoint>& found,
                             const replay::v1::GetRunResponse& run) {
  if (!found.has_value()) {
    if (run.checkpoint_version() == 0) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        "replay's ledger has a checkpoint of step ", run.checkpoint_version(),
        ", but there is none in --run-dir; give its checkpoints folder back, or begin ",
        "afresh with checkpoint.resume=off"));
  }
  // A learner's incarnation reaches the ledger before its first checkpoint is written.
  if (run.weights().incarnation() < found->record.incarnation) {
    return absl::FailedPreconditionError(absl::StrCat(
        found->folder,
        " was written with another ledger than replay's; give that ledger back, pass ",
        "--new-ledger to go on from the checkpoint without it, or use another output_dir"));
  }
  if (found->record.step < run.dropped_step()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the newest whole checkpoint is ", found->folder,
                     ", but replay has deleted the samples of ", "steps up to ", run.dropped_step(),
                     ", since newer checkpoints were there; give those back"));
  }
  return absl::OkStatus();
}

absl::Status CheckBatches(const std::map<int64_t, std::string>& trained,
                          const std::map<int64_t, std::string>& frozen, int64_t first_version) {
  for (const auto& [step, digest] : trained) {
    if (step <= first_version) continue;  // A step of the ledger that was replaced.
    const auto it = frozen.find(step);
    if (it == frozen.end()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "replay's ledger has lost the batch of step ", step, ", which was trained", kWhatToDo));
    }
    if (it->second != digest) {
      return absl::FailedPreconditionError(
          absl::StrCat("replay's ledger has another batch of step ", step, " (digest ", it->second,
                       ") than the one that was trained (", digest,
                       "): it lost that one and froze the step again", kWhatToDo));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckResume(const ResumeState& found, bool new_ledger, Ledger& ledger) {
  HIR_ASSIGN_OR_RETURN(const replay::v1::GetRunResponse run, ledger.GetRun());
  if (new_ledger && run.weights().incarnation() == 0) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(CheckCheckpoint(found.checkpoint, run));
  if (found.trained.empty()) return absl::OkStatus();
  HIR_ASSIGN_OR_RETURN(const auto frozen, ledger.Batches());
  return CheckBatches(found.trained, frozen, run.first_version());
}

}  // namespace hir
