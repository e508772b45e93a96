// The checkpoints of a run on disk:
//
//   RUN_DIR/checkpoints/global_step_N/           a Hugging Face folder (config.json, tokenizer,
//                                                weights) or, of adapters, one of PEFT, but for
//   RUN_DIR/checkpoints/global_step_N/trainer/   trainer_state.safetensors (training_state.h) and
//                                                trainer_state.json (checkpoint_record.h)
//   RUN_DIR/checkpoints/latest_checkpointed_iteration.txt     N of the newest
//   RUN_DIR/checkpoints/best                     a link to the best one, where it is looked for
//   RUN_DIR/checkpoints/.lock                    held while names change
//
// A checkpoint is written under a temporary name and renamed, so one under its final name is
// complete unless the disk damaged it, which its hashes reveal. The newest checkpoint is the one
// with the highest step among those of the highest incarnation: a learner that was replaced, or a
// run that was restarted from scratch, may leave others with any step. Free of Torch.
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

// Makes RUN_DIR/checkpoints/best a link to the checkpoint of `step`, in one move; no learner
// removes that one while the link names it. May be called while the run's learner writes.
// NOT_FOUND: there is no such checkpoint. UNAVAILABLE: the link can't be made.
absl::Status MarkBestCheckpoint(const std::string& run_dir, int64_t step);

// A checkpoint to resume from.
struct FoundCheckpoint {
  CheckpointRecord record;
  std::string folder;
};

// One run's checkpoints. Several processes may use the folder at the same time: none removes or
// replaces what an incarnation higher than its own wrote. Not thread-safe.
class Checkpoints {
 public:
  // Pruning keeps the `keep_last` >= 1 newest ones, those of the multiples of `keep_every` (0 =
  // none) and the best.
  Checkpoints(std::string run_dir, int keep_last, int keep_every = 0);

  // Writes the checkpoint of `record.step`: `save` creates and fills a folder of the given name,
  // which is then hashed; once `fence` has confirmed that this learner still owns the run, the
  // folder is renamed and becomes the latest. Replaces a checkpoint of the same step. Returns the
  // folder. Blocks for the disk. Errors: those of `save` and `fence`; FAILED_PRECONDITION: a higher
  // incarnation wrote that step; UNAVAILABLE: it can't be written. Leaves no half-written
  // checkpoint.
  absl::StatusOr<std::string> Write(const CheckpointRecord& record,
                                    absl::FunctionRef<absl::Status(const std::string&)> save,
                                    absl::FunctionRef<absl::Status()> fence);

  // The lowest step among the `keep_last` newest checkpoints up to `written`. Runs resume from
  // these; those that are kept for other reasons may be older.
  int64_t OldestKept(const CheckpointRecord& written) const;
  // Removes checkpoints older than `written`, except those that are kept. Each loses its name in
  // one move, so a crash leaves no half of one under its name.
  void PruneOlderThan(const CheckpointRecord& written) const;

  // The newest undamaged checkpoint; nullopt if there is none. Logs and skips damaged ones, ignores
  // leftovers of a crash. Reads every byte.
  // FAILED_PRECONDITION: the newest undamaged one does not belong to `run`, or one was changed by
  // hand or written by an earlier version; the message names it.
  absl::StatusOr<std::optional<FoundCheckpoint>> FindNewest(const std::string& run) const;

  // Steps that have a checkpoint, damaged or not, rising.
  std::vector<int64_t> Steps() const;

 private:
  std::string FolderOf(int64_t step) const;
  // Renames the complete folder `temporary` after its step and makes it the latest.
  absl::Status Show(const CheckpointRecord& record, const std::string& temporary,
                    absl::FunctionRef<absl::Status()> fence) const;
  // Removes unfinished folders of learners up to `incarnation`.
  void RemoveLeftovers(uint64_t incarnation) const;
  // Whether a checkpoint is kept although newer ones were written. `best` = what the link names.
  bool IsKept(int64_t step, const std::string& best) const;
  // Steps of `written` and of all older checkpoints, newest first.
  std::vector<int64_t> NotNewerThan(const CheckpointRecord& written) const;

  std::string run_dir_;
  std::string folder_;  // RUN_DIR/checkpoints.
  int keep_last_;
  int keep_every_;
};

}  // namespace hir

#endif  // HIR_TRAIN_CHECKPOINTS_H_
