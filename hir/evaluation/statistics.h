// Shares and their differences with 95 % intervals.
#ifndef HIR_EVALUATION_STATISTICS_H_
#define HIR_EVALUATION_STATISTICS_H_

#include <cstdint>
#include <vector>

#include "hir/run/interval.h"

namespace hir {

inline constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the normal distribution.

// Share of `met` in `count` trials with Wilson's score interval. All zero when `count` is 0.
Interval WilsonInterval(int64_t met, int64_t count);

// Of one prompt: constraints met, out of how many.
struct Tally {
  int met = 0;
  int total = 0;
};

// Sum of met over sum of total. Percentile bootstrap over prompts, since the constraints of one
// prompt depend on each other; 2,000 resamples, always the same ones.
Interval RatioInterval(const std::vector<Tally>& prompts);

// Mean of one value per prompt: percentile bootstrap over prompts, 10,000 resamples, always the
// same ones. All zero when empty.
Interval MeanInterval(const std::vector<double>& values);

// Mean of after - before over the same prompts, in [0, 1] each: the paired bootstrap, 10,000
// resamples, always the same ones. REQUIRES: equal sizes. All zero when empty.
Interval PairedDifference(const std::vector<double>& before, const std::vector<double>& after);

}  // namespace hir

#endif  // HIR_EVALUATION_STATISTICS_H_
