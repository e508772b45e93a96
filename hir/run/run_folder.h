// Writes and reads the parts of a run's folder, RUN, that the program driving the run owns:
// configuration, rollouts, evaluations, comparison. (metrics.jsonl and checkpoints/ are the
// learner's, unless it runs elsewhere.)
#ifndef HIR_RUN_RUN_FOLDER_H_
#define HIR_RUN_RUN_FOLDER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "hir/domain/verdict.h"
#include "hir/learner/v1/learner.pb.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/run/comparison.h"
#include "hir/run/evaluation_record.h"

namespace hir {

// Not thread-safe.
class RunFolder {
 public:
  explicit RunFolder(const RunConfig& config);

  const std::string& path() const { return path_; }
  // Saves the format's number and the resolved configuration. Replaces another configuration if its
  // run never finished a step; otherwise the run may only be extended (run_extension.h).
  // FAILED_PRECONDITION: it differs in another way; the message names the first field. Errors of
  // ClaimRunFolder().
  absl::Status SaveConfig(const RunConfig& config) const;
  // Whether the step's rollouts are there completely.
  bool HasRollouts(int64_t step) const;
  absl::Status SaveRollouts(int64_t step,
                            const std::vector<replay::v1::RolloutRecord>& records) const;
  // Appends a line of metrics.jsonl unless that step has one: for learners that write elsewhere.
  absl::Status SaveMetrics(const learner::v1::StepReport& report) const;
  // Whether the step's evaluation by the suite (empty = data.held_out) is there completely.
  bool HasEvaluation(int64_t step, const std::string& suite = "") const;
  // The steps with a line in the suite's eval.jsonl, which is read once; none when it can't be
  // read.
  std::set<int64_t> EvaluatedSteps(const std::string& suite = "") const;
  // The number `name` of each evaluation by the suite, by step. INVALID_ARGUMENT: its eval.jsonl
  // can't be read.
  absl::StatusOr<std::map<int64_t, double>> Scores(const std::string& suite,
                                                   const std::string& name) const;
  // Writes step_N.jsonl, whose lines are those of OutcomeJson(), and a line of eval.jsonl, both of
  // `summary.suite`.
  absl::Status SaveEvaluation(int64_t step, const std::string& outcome_lines,
                              const EvalSummary& summary) const;
  // The strict verdicts on each prompt's constraints in the evaluation of `step`, in order.
  absl::StatusOr<std::vector<std::vector<Verdict>>> ReadVerdicts(int64_t step) const;
  absl::Status SaveComparison(const Comparison& comparison) const;
  // The last step of metrics.jsonl; 0 when there is none. INVALID_ARGUMENT: it can't be read.
  absl::StatusOr<int64_t> StepsTrained() const;
  // Removes the rollouts and evaluations of steps after `step`, which will be made again.
  absl::Status ForgetStepsAfter(int64_t step) const;
  // Gives the folder redis/ another name, redis.lost.N. UNAVAILABLE: it can't be renamed.
  absl::Status SetLedgerAside() const;
  // Folder of the checkpoint of the highest step, or empty.
  std::string NewestCheckpoint() const;
  // The folder that checkpoints/best names, or empty.
  std::string BestCheckpoint() const;

 private:
  std::string path_;
};

// The configuration of the run in the folder `run_dir`, with the name and output_dir where the
// folder lies now. NOT_FOUND: it has no config.yaml. Errors of CheckRunFormat() and
// LoadRunConfig().
absl::StatusOr<RunConfig> ReadRunConfig(const std::string& run_dir);

}  // namespace hir

#endif  // HIR_RUN_RUN_FOLDER_H_
