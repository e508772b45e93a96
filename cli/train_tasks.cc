#include "cli/train_tasks.h"

#include <numeric>
#include <utility>

#include "cli/instructions.h"
#include "hir/base/random.h"

namespace hir {
namespace {

std::vector<size_t> EpochOrder(const RunConfig& config, size_t instructions, uint64_t epoch) {
  std::vector<size_t> order(instructions);
  std::iota(order.begin(), order.end(), size_t{0});
  if (!config.data.shuffle) return order;
  CounterRandom random(config.seed, epoch);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
  return order;
}

}  // namespace

std::vector<size_t> TaskOrder(const RunConfig& config, size_t instructions) {
  const size_t tasks = static_cast<size_t>(config.learner.total_steps) *
                       static_cast<size_t>(config.rollout.train_batch_size);
  std::vector<size_t> order;
  for (uint64_t epoch = 0; order.size() < tasks; ++epoch) {
    const std::vector<size_t> next = EpochOrder(config, instructions, epoch);
    order.insert(order.end(), next.begin(), next.end());
  }
  order.resize(tasks);
  return order;
}

std::vector<replay::v1::Task> TasksOfSteps(const RunConfig& config,
                                           const std::vector<InstructionRecord>& records,
                                           const std::vector<size_t>& order, int64_t first,
                                           int64_t last) {
  const int64_t batch = config.rollout.train_batch_size;
  std::vector<replay::v1::Task> tasks;
  for (int64_t number = (first - 1) * batch; number < last * batch; ++number) {
    replay::v1::Task& task = tasks.emplace_back();
    task.set_task(static_cast<uint64_t>(number));
    task.set_step(number / batch + 1);
    *task.mutable_instruction() = ToProto(records[order[static_cast<size_t>(number)]]);
    task.set_responses(static_cast<uint32_t>(config.rollout.responses_per_prompt));
  }
  return tasks;
}

}  // namespace hir
