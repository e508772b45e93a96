#include "hir/evaluation/statistics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "hir/base/random.h"

namespace hir {
namespace {

constexpr uint64_t kSeed = 20251223;
constexpr int kRatioResamples = 2000;
constexpr int kMeanResamples = 10000;

// Ends of the middle 95 % of `statistic` over resamples of [0, count), which it gets as indices.
Interval Bootstrap(size_t count, int resamples,
                   const std::function<double(const std::vector<size_t>&)>& statistic) {
  CounterRandom random(kSeed, 0);
  std::vector<double> values;
  std::vector<size_t> picked(count);
  for (int i = 0; i < resamples; ++i) {
    for (size_t& index : picked) index = random.Below(count);
    values.push_back(statistic(picked));
  }
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<size_t>(std::lround(share * (resamples - 1)))];
  };
  return {.low = at(0.025), .high = at(0.975)};
}

}  // namespace

Interval WilsonInterval(int64_t met, int64_t count) {
  if (count == 0) return {};
  const double n = static_cast<double>(count);
  const double p = static_cast<double>(met) / n;
  const double centre = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n)) / (1 + kZ * kZ / n);
  return {p, std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Interval RatioInterval(const std::vector<Tally>& prompts) {
  int64_t met = 0;
  int64_t total = 0;
  for (const Tally& tally : prompts) {
    met += tally.met;
    total += tally.total;
  }
  if (total == 0) return {};
  Interval interval =
      Bootstrap(prompts.size(), kRatioResamples, [&](const std::vector<size_t>& picked) {
        double sum_met = 0;
        double sum_total = 0;
        for (const size_t index : picked) {
          sum_met += prompts[index].met;
          sum_total += prompts[index].total;
        }
        return sum_total > 0 ? sum_met / sum_total : 0;
      });
  interval.value = static_cast<double>(met) / static_cast<double>(total);
  return interval;
}

Interval MeanInterval(const std::vector<double>& values) {
  if (values.empty()) return {};
  const double count = static_cast<double>(values.size());
  Interval interval =
      Bootstrap(values.size(), kMeanResamples, [&](const std::vector<size_t>& picked) {
        double total = 0;
        for (const size_t index : picked) total += values[index];
        return total / count;
      });
  interval.value = std::accumulate(values.begin(), values.end(), 0.0) / count;
  return interval;
}

Interval PairedDifference(const std::vector<double>& before, const std::vector<double>& after) {
  std::vector<double> change(before.size());
  for (size_t i = 0; i < before.size(); ++i) change[i] = after[i] - before[i];
  return MeanInterval(change);
}

}  // namespace hir
