#include "hir/train/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hir {
namespace {

// The share of the rate that is left after `progress`, from 0 to 1, of the steps after the warm-up;
// the floor aside.
double Decayed(LrSchedule schedule, double progress) {
  switch (schedule) {
    case LrSchedule::kConstant:
      break;
    case LrSchedule::kLinear:
      return 1 - progress;
    case LrSchedule::kCosine:
      return 0.5 * (1 + std::cos(std::numbers::pi * progress));
  }
  return 1;
}

}  // namespace

double LearningRate(const OptimizerConfig& options, int64_t step, int64_t total_steps) {
  const double done = static_cast<double>(step - 1);
  const double total = static_cast<double>(total_steps);
  const double warmup =
      options.warmup < 1 ? std::ceil(total * options.warmup) : std::floor(options.warmup);
  if (done < warmup) return options.lr * done / warmup;
  const double progress = std::min(1.0, (done - warmup) / std::max(1.0, total - warmup));
  const double share = Decayed(options.schedule, progress);
  return options.lr * (options.min_lr_ratio + (1 - options.min_lr_ratio) * share);
}

}  // namespace hir
