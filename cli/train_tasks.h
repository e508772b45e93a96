// Which instruction is trained in which step.
#ifndef HIR_CLI_TRAIN_TASKS_H_
#define HIR_CLI_TRAIN_TASKS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hir/config/run_config.h"
#include "hir/data/record.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// Index of the instruction of every task of the run, by task number: epoch after epoch, each a
// permutation of [0, instructions) drawn from (run.seed, epoch), or the file's order without
// data.shuffle. Task t is for step t / train_batch_size + 1. REQUIRES: instructions > 0.
std::vector<size_t> TaskOrder(const RunConfig& config, size_t instructions);

// Tasks of the steps [first, last], both counted from 1.
std::vector<replay::v1::Task> TasksOfSteps(const RunConfig& config,
                                           const std::vector<InstructionRecord>& records,
                                           const std::vector<size_t>& order, int64_t first,
                                           int64_t last);

}  // namespace hir

#endif  // HIR_CLI_TRAIN_TASKS_H_
