#include "hir/run/comparison.h"

namespace hir {

using nlohmann::ordered_json;

ordered_json ComparisonJson(const Comparison& comparison) {
  ordered_json json = {{"prompts", comparison.prompts},
                       {"before_step", comparison.before_step},
                       {"after_step", comparison.after_step},
                       {"method", "paired bootstrap over prompts, 95 %"}};
  json["comparisons"] = ordered_json::array();
  for (const ComparedMetric& metric : comparison.metrics) {
    json["comparisons"].push_back({{"metric", metric.metric},
                                   {"before", metric.before},
                                   {"after", metric.after},
                                   {"difference", metric.change.value},
                                   {"low", metric.change.low},
                                   {"high", metric.change.high}});
  }
  return json;
}

}  // namespace hir
