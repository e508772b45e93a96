// The checkpoints of a run on disk:
//
//   RUN_DIR/checkpoints/global_step_N/           a Hugging Face folder and nothing else
//   (config.json,
//                                                tokenizer, weights), but for
//   RUN_DIR/checkpoints/global_step_N/trainer/   trainer_state.safetensors (training_state.h) and
//                                                trainer_state.json (checkpoint_record.h)
//   RUN_DIR/checkpoints/latest_checkpointed_iteration.txt     N of the newest
//   RUN_DIR/checkpoints/.lock                    held while names change
//
// A checkpoint is written under a temporary name and renamed, so one under its own name is whole
// unless the disk damaged it, which its hashes tell. The newest is that of the highest incarnation,
// and of its checkpoints the one of the highest step: a learner that was replaced, or a run that
// began afresh, leaves others, whatever their steps. Free of Torch.
#ifndef HIR_TRAIN_CHECKPOINTS_H_
#define HIR_TRAIN_CHECKPOINTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/train/checkpoint_record.h"

namespace hir {

struct FoundCheckpoint {
  CheckpointRecord record;
  std::string folder;
};

// One run's checkpoints. Several processes may have the folder before them: none removes or
// replaces what a higher incarnation than its own wrote. Not thread-safe.
class Checkpoints {
 public:
  // `keep_last` >= 1 newest ones stay when one is written.
  Checkpoints(std::string run_dir, int keep_last);

  // Writes the checkpoint of `record.step`: `save` fills the folder it is given (which doesn't
  // exist yet); then it is hashed; and once `fence` has said that this learner still has the run,
  // it is renamed and pointed to. One of the same step is replaced. Returns its folder. Blocks for
  // the disk. Errors of `save` and `fence`; FAILED_PRECONDITION: a higher incarnation wrote that
  // step; UNAVAILABLE: the disk refuses. No half-written checkpoint stays.
  absl::StatusOr<std::string> Write(const CheckpointRecord& record,
                                    absl::FunctionRef<absl::Status(const std::string&)> save,
                                    absl::FunctionRef<absl::Status()> fence);

  // The lowest step among those that PruneOlderThan(`written`) lets stay.
  int64_t OldestKept(const CheckpointRecord& written) const;
  // Removes what is older than `written` but for the keep_last - 1 newest.
  void PruneOlderThan(const CheckpointRecord& written) const;

  // The newest checkpoint whose files are whole; damaged ones are logged and passed over, leftovers
  // of a crash ignored. Reads every byte of it.
  // FAILED_PRECONDITION: the newest whole one belongs to another run than `run`, or one was changed
  // by hand or is of an earlier version; the message names it.
  absl::StatusOr<std::optional<FoundCheckpoint>> FindNewest(const std::string& run) const;

  // Steps that have a checkpoint, rising; whole or not.
  std::vector<int64_t> Steps() const;

 private:
  std::string FolderOf(int64_t step) const;
  // Names the whole folder `temporary` after its step, and points to it.
  absl::Status Show(const CheckpointRecord& record, const std::string& temporary,
                    absl::FunctionRef<absl::Status()> fence) const;
  // Of learners up to `incarnation`.
  void RemoveLeftovers(uint64_t incarnation) const;
  // Steps of what is not newer than `written`, newest first; it comes first itself.
  std::vector<int64_t> NotNewerThan(const CheckpointRecord& written) const;

  std::string run_dir_;
  std::string folder_;  // RUN_DIR/checkpoints.
  int keep_last_;
};

}  // namespace hir

#endif  // HIR_TRAIN_CHECKPOINTS_H_
