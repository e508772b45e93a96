#include "hir/metrics/step_metrics.h"

namespace hir {

std::map<std::string, double> NamedValues(const StepMetrics& metrics) {
  std::map<std::string, double> values;
  VisitMetrics(metrics, [&](const std::optional<double>& value, const MetricInfo& info) {
    if (value.has_value()) values[info.name] = *value;
  });
  return values;
}

StepMetrics MetricsOfNames(const std::map<std::string, double>& values) {
  StepMetrics metrics;
  VisitMetrics(metrics, [&](std::optional<double>& value, const MetricInfo& info) {
    if (const auto found = values.find(info.name); found != values.end()) value = found->second;
  });
  return metrics;
}

}  // namespace hir
