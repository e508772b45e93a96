#include "hir/driver/train_tasks.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "hir/base/random.h"
#include "hir/domain/wire/instruction.h"

namespace hir {
namespace {

// Each file of a run has its own stream of random numbers for each epoch: the first half of its
// numbers is for the tasks that every step has, the second for replacements.
constexpr uint64_t kStreamsOfAFile = uint64_t{1} << 32;
constexpr uint64_t kStreamsOfReplacements = uint64_t{1} << 31;

// The records of one file, epoch after epoch.
class FileTasks {
 public:
  FileTasks(const RunConfig& config, uint64_t stream, size_t first, size_t records)
      : config_(config), stream_(stream), order_(records) {
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

// The records of all files, each with its share.
class MixedTasks {
 public:
  // `config` must outlive it.
  MixedTasks(const RunConfig& config, absl::Span<const FileShare> files, uint64_t first_stream)
      : files_(files.begin(), files.end()), given_(files.size()) {
    size_t first = 0;
    for (size_t i = 0; i < files.size(); ++i) {
      tasks_.emplace_back(config, i * kStreamsOfAFile + first_stream, first, files[i].records);
      first += files[i].records;
      weights_ += files[i].weight;
    }
  }

  size_t Next() {
    ++drawn_;
    size_t chosen = 0;
    double furthest = -1;
    for (size_t i = 0; i < files_.size(); ++i) {
      const double due = static_cast<double>(drawn_) * files_[i].weight / weights_;
      const double behind = due - static_cast<double>(given_[i]);
      if (behind > furthest) {
        furthest = behind;
        chosen = i;
      }
    }
    ++given_[chosen];
    return tasks_[chosen].Next();
  }

 private:
  const std::vector<FileShare> files_;
  std::vector<FileTasks> tasks_;
  std::vector<size_t> given_;
  double weights_ = 0;
  size_t drawn_ = 0;
};

// Whether task `number` of a run is held back as a replacement.
bool IsReplacement(const RunConfig& config, size_t number) {
  return number % static_cast<size_t>(TasksPerStep(config)) >=
         static_cast<size_t>(config.rollout.train_batch_size);
}

}  // namespace

int64_t TasksPerStep(const RunConfig& config) {
  return int64_t{config.rollout.train_batch_size} + config.rollout.max_resampled_groups;
}

std::vector<size_t> TaskOrder(const RunConfig& config, absl::Span<const FileShare> files) {
  MixedTasks first(config, files, 0);
  MixedTasks replacements(config, files, kStreamsOfReplacements);
  std::vector<size_t> order(static_cast<size_t>(config.learner.total_steps * TasksPerStep(config)));
  for (size_t task = 0; task < order.size(); ++task) {
    order[task] = IsReplacement(config, task) ? replacements.Next() : first.Next();
  }
  return order;
}

std::vector<replay::v1::Task> TasksOfSteps(const RunConfig& config,
                                           const std::vector<InstructionRecord>& records,
                                           const std::vector<size_t>& order, int64_t first,
                                           int64_t last) {
  const int64_t per_step = TasksPerStep(config);
  std::vector<replay::v1::Task> tasks;
  for (int64_t number = (first - 1) * per_step; number < last * per_step; ++number) {
    replay::v1::Task& task = tasks.emplace_back();
    task.set_task(static_cast<uint64_t>(number));
    task.set_step(number / per_step + 1);
    *task.mutable_instruction() = ToProto(records[order[static_cast<size_t>(number)]]);
    task.set_responses(static_cast<uint32_t>(config.rollout.responses_per_prompt));
    task.set_replacement(IsReplacement(config, static_cast<size_t>(number)));
  }
  return tasks;
}

}  // namespace hir
