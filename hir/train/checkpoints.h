// The checkpoints of a run on disk:
//
//   RUN_DIR/checkpoints/global_step_N/      a Hugging Face folder (config.json, tokenizer,
//   weights),
//                                           trainer_state.safetensors (training_state.h) and
//                                           trainer_state.json: what CheckpointRecord says, and the
//                                           SHA-256 of every other file
//   RUN_DIR/checkpoints/latest_checkpointed_iteration.txt     N of the newest
//
// A checkpoint is written under a temporary name and renamed, so one under its own name is whole
// unless the disk damaged it, which its hashes tell. Free of Torch.
#ifndef HIR_TRAIN_CHECKPOINTS_H_
#define HIR_TRAIN_CHECKPOINTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hir {

struct CheckpointRecord {
  int64_t step = 0;
  std::string run;
  uint64_t incarnation = 0;    // Of the learner that wrote it.
  std::string weights_digest;  // Lower-case hexadecimal SHA-256 of the served weights.
};

struct FoundCheckpoint {
  CheckpointRecord record;
  std::string folder;
};

// One run's checkpoints. Used by one process at a time; not thread-safe.
class Checkpoints {
 public:
  // `keep_last` >= 1 newest ones stay when one is written.
  Checkpoints(std::string run_dir, int keep_last);

  // Writes the checkpoint of `record.step`: `save` fills the folder it is given (which doesn't
  // exist yet); then it is hashed, renamed and pointed to, and old ones go. One of the same step is
  // replaced; those of later steps, which a run that started afresh left, go too. Returns its
  // folder. Blocks for the disk. Errors of `save`; UNAVAILABLE: the disk refuses. No half-written
  // checkpoint stays.
  absl::StatusOr<std::string> Write(const CheckpointRecord& record,
                                    absl::FunctionRef<absl::Status(const std::string&)> save);

  // The newest checkpoint whose files are whole; damaged ones are logged and passed over, leftovers
  // of a crash ignored. Reads every byte of it.
  // FAILED_PRECONDITION: the newest whole one belongs to another run than `run`.
  absl::StatusOr<std::optional<FoundCheckpoint>> FindNewest(const std::string& run) const;

  // Steps that have a checkpoint, rising; whole or not.
  std::vector<int64_t> Steps() const;

 private:
  std::string FolderOf(int64_t step) const;
  void RemoveLeftovers() const;
  // Removes those above `newest` and those more than keep_last from it.
  void Prune(int64_t newest) const;

  std::string folder_;
  int keep_last_;
};

}  // namespace hir

#endif  // HIR_TRAIN_CHECKPOINTS_H_
