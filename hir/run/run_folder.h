// What `hir train` itself writes into runs/NAME: config.yaml, rollouts/, eval/, eval.jsonl,
// comparison.json. (metrics.jsonl and checkpoints/ are the learner's.)
#ifndef HIR_RUN_RUN_FOLDER_H_
#define HIR_RUN_RUN_FOLDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/evaluation/evaluation.h"
#include "hir/config/run_config.h"
#include "hir/domain/verdict.h"
#include "hir/learner/v1/learner.pb.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// Not thread-safe.
class RunFolder {
 public:
  explicit RunFolder(const RunConfig& config);

  const std::string& path() const { return path_; }
  // Saves the resolved configuration. A run with another one that never finished a step gives way;
  // one that did may be made longer (run_extension.h). FAILED_PRECONDITION: it differs otherwise;
  // the message names the first field.
  absl::Status SaveConfig(const RunConfig& config) const;
  // Whole ones.
  bool HasRollouts(int64_t step) const;
  absl::Status SaveRollouts(int64_t step,
                            const std::vector<replay::v1::RolloutRecord>& records) const;
  // Appends a line of metrics.jsonl unless that step has one: for learners that write elsewhere.
  absl::Status SaveMetrics(const learner::v1::StepReport& report) const;
  // A whole one.
  bool HasEval(int64_t step) const;
  // Writes eval/step_NNNNNN.jsonl and a line of eval.jsonl.
  absl::Status SaveEval(int64_t step, const std::vector<InstructionRecord>& records,
                        const std::vector<EvalOutcome>& outcomes) const;
  // The strict verdicts on each prompt's constraints in the evaluation of `step`, in order.
  absl::StatusOr<std::vector<std::vector<Verdict>>> ReadVerdicts(int64_t step) const;
  // Writes comparison.json from two evaluations of the same prompts and returns sentences about it
  // for people.
  absl::StatusOr<std::string> SaveComparison(int64_t before, int64_t after) const;
  // The last step of metrics.jsonl; 0 when there is none. INVALID_ARGUMENT: it can't be read.
  absl::StatusOr<int64_t> StepsTrained() const;
  // Removes the rollouts and evaluations of steps after `step`, which will be made anew.
  absl::Status ForgetStepsAfter(int64_t step) const;
  // Gives the folder redis/ another name, redis.lost.N. UNAVAILABLE: it can't be renamed.
  absl::Status SetLedgerAside() const;
  // Folder of the newest checkpoint, or empty.
  std::string NewestCheckpoint() const;

 private:
  std::string RolloutsPath(int64_t step) const;
  std::string EvalPath(int64_t step) const;

  std::string path_;
};

}  // namespace hir

#endif  // HIR_RUN_RUN_FOLDER_H_
