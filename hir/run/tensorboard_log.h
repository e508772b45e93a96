// Writes TensorBoard's event files of a run: the numbers of metrics.jsonl under their names, and
// those of evaluations as eval/NAME, or eval/SUITE/NAME.
//
// A file is a sequence of records in TFRecord's frame (length, masked CRC32C of the length, bytes,
// masked CRC32C of the bytes), each a tensorboard::v1::Event. Every start of `hir train` writes a
// file of its own into the run's folder, as TensorBoard expects: nothing is appended to a file that
// a crash may have torn.
#ifndef HIR_RUN_TENSORBOARD_LOG_H_
#define HIR_RUN_TENSORBOARD_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "hir/learner/v1/learner.pb.h"
#include "hir/tensorboard/v1/tensorboard.pb.h"

namespace hir {

// Returns `bytes` in TFRecord's frame.
std::string FramedRecord(std::string_view bytes);

// Not thread-safe. The file is made with the first record; UNAVAILABLE: it can't be written.
class TensorBoardLog {
 public:
  explicit TensorBoardLog(std::string run_dir) : run_dir_(std::move(run_dir)) {}

  // Adds the metrics of a step. The first one of a file makes readers forget what earlier files say
  // of it and of later steps; the evaluations of these that the run's folder has are then added
  // again, since they are not repeated. REQUIRES: steps rise.
  absl::Status AddStep(const learner::v1::StepReport& report);

  // Adds the evaluation by a suite (empty = data.held_out) after `step`, once the run's folder has
  // it (RunFolder::SaveEvaluation()).
  absl::Status AddEvaluation(const std::string& suite, int64_t step);

 private:
  // Tells readers that the steps from `step` on come now.
  absl::Status Begin(int64_t step, absl::Time time);
  // Adds the suite's evaluations after `first` and later steps up to `last`.
  absl::Status AddEvaluations(const std::string& suite, int64_t first, int64_t last,
                              absl::Time time);
  absl::Status Append(const tensorboard::v1::Event& event);

  const std::string run_dir_;
  std::string path_;    // Empty = no file yet.
  bool begun_ = false;  // Whether the file has steps.
};

}  // namespace hir

#endif  // HIR_RUN_TENSORBOARD_LOG_H_
