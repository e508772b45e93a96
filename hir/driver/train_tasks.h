// Assigns an instruction to each task of each step.
#ifndef HIR_DRIVER_TRAIN_TASKS_H_
#define HIR_DRIVER_TRAIN_TASKS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "hir/config/run_config.h"
#include "hir/data/record.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// The records that one file of data.train contributes; they follow those of the file before it.
struct FileShare {
  size_t records;
  double weight;
};

// Tasks of a step: B, and the replacements of dynamic sampling (rollout.max_resampled_groups),
// whose numbers follow. Task t is for step t / TasksPerStep() + 1.
int64_t TasksPerStep(const RunConfig& config);

// Index of the instruction of every task of the run, by task number. Each task goes to the file
// that is furthest behind its weight's share, the earlier one of two, so of any first n tasks of
// two files, each has its share, give or take one (of many files: give or take a few). A file's own
// tasks go through it epoch after epoch, each a permutation drawn from (run.seed, file, epoch), or
// the file's order without data.shuffle. So more steps add tasks and change none. Replacements go
// through the files by themselves in the same way, with other draws: how many are used changes no
// other task. REQUIRES: a file, records > 0, weights > 0.
std::vector<size_t> TaskOrder(const RunConfig& config, absl::Span<const FileShare> files);

// Tasks of the steps [first, last], both counted from 1.
std::vector<replay::v1::Task> TasksOfSteps(const RunConfig& config,
                                           const std::vector<InstructionRecord>& records,
                                           const std::vector<size_t>& order, int64_t first,
                                           int64_t last);

}  // namespace hir

#endif  // HIR_DRIVER_TRAIN_TASKS_H_
