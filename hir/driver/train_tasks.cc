#include "hir/driver/train_tasks.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "hir/base/random.h"
#include "hir/domain/wire/instruction.h"

namespace hir {
namespace {

// Each file of a run has its own stream of random numbers.
constexpr uint64_t kStreamsOfAFile = uint64_t{1} << 32;

// The records of one file, epoch after epoch.
class FileTasks {
 public:
  FileTasks(const RunConfig& config, uint64_t file, size_t first, size_t records)
      : config_(config), stream_(file * kStreamsOfAFile), order_(records) {
    std::iota(order_.begin(), order_.end(), first);
  }

  size_t Next() {
    if (next_ == order_.size()) next_ = 0;
    if (next_ == 0 && config_.data.shuffle) Shuffle();
    return order_[next_++];
  }

 private:
  // Each epoch is drawn from the file's order, so that it depends on nothing but its name.
  void Shuffle() {
    std::sort(order_.begin(), order_.end());
    CounterRandom random(config_.seed, stream_++);
    for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.Below(i)]);
  }

  const RunConfig& config_;
  uint64_t stream_;
  std::vector<size_t> order_;
  size_t next_ = 0;
};

}  // namespace

std::vector<size_t> TaskOrder(const RunConfig& config, absl::Span<const FileShare> files) {
  std::vector<FileTasks> tasks;
  std::vector<size_t> given(files.size());
  double weights = 0;
  size_t first = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    tasks.emplace_back(config, i, first, files[i].records);
    first += files[i].records;
    weights += files[i].weight;
  }
  std::vector<size_t> order(static_cast<size_t>(config.learner.total_steps) *
                            static_cast<size_t>(config.rollout.train_batch_size));
  for (size_t task = 0; task < order.size(); ++task) {
    size_t chosen = 0;
    double furthest = -1;
    for (size_t i = 0; i < files.size(); ++i) {
      const double due = static_cast<double>(task + 1) * files[i].weight / weights;
      const double behind = due - static_cast<double>(given[i]);
      if (behind > furthest) {
        furthest = behind;
        chosen = i;
      }
    }
    ++given[chosen];
    order[task] = tasks[chosen].Next();
  }
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
