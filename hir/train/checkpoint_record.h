// The record of a checkpoint: CHECKPOINT/trainer/trainer_state.json. Free of Torch.
#ifndef HIR_TRAIN_CHECKPOINT_RECORD_H_
#define HIR_TRAIN_CHECKPOINT_RECORD_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hir {

// The folder in a checkpoint for everything that is not part of the Hugging Face model.
inline constexpr char kTrainerFolder[] = "trainer";

// The number of the format of everything in that folder. Raise it with any change of a name, a
// field, a tensor or its meaning that makes checkpoints written before unreadable, and commit a
// checkpoint of the old format to tests/fixtures/checkpoint. Format 0 kept the trainer's state
// beside the model; a record without a number is of format 1, which had none at first.
inline constexpr int kCheckpointFormat = 1;

struct CheckpointRecord {
  int64_t step = 0;
  std::string run;
  uint64_t incarnation = 0;    // Of the learner that wrote it.
  std::string weights_digest;  // Lower-case hexadecimal SHA-256 of the served weights.
  std::string batch_digest;    // Of the batch that `step` was trained on.
};

// Writes the record, the SHA-256 of every other file in `folder` and that of the record itself.
// UNAVAILABLE: a file can't be read or written. DATA_LOSS: an entry of the folder is not a file.
absl::Status WriteCheckpointRecord(const std::string& folder, const CheckpointRecord& record);

// Reads the record of `folder` without its other files. NOT_FOUND: there is none. DATA_LOSS: it is
// not a record. FAILED_PRECONDITION: it was changed, or is of a format other than
// kCheckpointFormat; the message says what to do.
absl::StatusOr<CheckpointRecord> ReadCheckpointRecord(const std::string& folder);

// Like ReadCheckpointRecord(), but also verifies every byte of the files. DATA_LOSS also: a file is
// missing or damaged.
absl::StatusOr<CheckpointRecord> ReadWholeCheckpoint(const std::string& folder);

}  // namespace hir

#endif  // HIR_TRAIN_CHECKPOINT_RECORD_H_
