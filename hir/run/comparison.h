// Writes comparison.json of a run: its first and last evaluation on the same prompts.
#ifndef HIR_RUN_COMPARISON_H_
#define HIR_RUN_COMPARISON_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hir/run/interval.h"
#include "nlohmann/json.hpp"

namespace hir {

struct ComparedMetric {
  std::string metric;  // In words.
  double before = 0;   // Means over the prompts, in [0, 1].
  double after = 0;
  Interval change;  // after - before.
};

struct Comparison {
  size_t prompts = 0;
  int64_t before_step = 0;
  int64_t after_step = 0;
  std::vector<ComparedMetric> metrics;
};

nlohmann::ordered_json ComparisonJson(const Comparison& comparison);

}  // namespace hir

#endif  // HIR_RUN_COMPARISON_H_
