// The paths in a run's folder, RUN below. docs/run-folder.md says what each is.
#ifndef HIR_RUN_PATHS_H_
#define HIR_RUN_PATHS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace hir {

std::string ConfigPath(const std::string& run_dir);                  // RUN/config.yaml
std::string MetricsPath(const std::string& run_dir);                 // RUN/metrics.jsonl
std::string ComparisonPath(const std::string& run_dir);              // RUN/comparison.json
std::string RolloutsFolder(const std::string& run_dir);              // RUN/rollouts
std::string CheckpointsFolder(const std::string& run_dir);           // RUN/checkpoints
std::string LedgerFolder(const std::string& run_dir);                // RUN/redis
std::string RolloutsPath(const std::string& run_dir, int64_t step);  // RUN/rollouts/step_N.jsonl
// RUN/checkpoints/global_step_N
std::string CheckpointPath(const std::string& run_dir, int64_t step);
std::string BestCheckpointPath(const std::string& run_dir);  // RUN/checkpoints/best, a link

// The evaluations by data.held_out have no suite's name. RUN/eval.jsonl, or
// RUN/eval/SUITE/eval.jsonl:
std::string EvaluationsPath(const std::string& run_dir, const std::string& suite = "");
// RUN/eval, or RUN/eval/SUITE
std::string EvaluationsFolder(const std::string& run_dir, const std::string& suite = "");
// RUN/eval/step_N.jsonl, or RUN/eval/SUITE/step_N.jsonl
std::string EvaluationPath(const std::string& run_dir, int64_t step, const std::string& suite = "");

// The suites that have evaluations, in order; "" is first where data.held_out has.
std::vector<std::string> EvaluatedSuites(const std::string& run_dir);

// TensorBoard's files, RUN/events.out.tfevents.SECONDS.HOST, in the order in which they were begun.
std::vector<std::string> EventFiles(const std::string& run_dir);

// The name for another one, begun `now` (seconds since 1970), which sorts after all of them.
std::string NewEventFile(const std::string& run_dir, int64_t now);

// The steps of the files step_N.jsonl in a folder, rising; none where there is no such folder.
std::vector<int64_t> StepsOfFiles(const std::string& folder);

// The steps whose checkpoints are shown in RUN/checkpoints, rising; not those that are still being
// written. Does not check whether they are complete.
std::vector<int64_t> CheckpointSteps(const std::string& run_dir);

}  // namespace hir

#endif  // HIR_RUN_PATHS_H_
