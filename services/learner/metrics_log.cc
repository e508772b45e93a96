#include "services/learner/metrics_log.h"

#include <sstream>
#include <utility>

#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hir {

absl::Status MetricsLog::TruncateAfter(int64_t step) {
  const absl::StatusOr<std::string> text = ReadFile(path_);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(text.status());
  std::istringstream lines(*text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("step") || !json["step"].is_number_integer()) continue;
    if (json["step"].get<int64_t>() <= step) kept += line + "\n";
  }
  return kept == *text ? absl::OkStatus() : WriteFileAtomically(path_, kept);
}

absl::StatusOr<std::map<std::string, double>> MetricsLog::MetricsOf(int64_t step) const {
  std::map<std::string, double> metrics;
  const absl::StatusOr<std::string> text = ReadFile(path_);
  if (absl::IsNotFound(text.status())) return metrics;
  HIR_RETURN_IF_ERROR(text.status());
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || json.value("step", nlohmann::json()) != step) continue;
    for (const auto& [name, value] : json.items()) {
      if (name != "step" && value.is_number()) metrics[name] = value.get<double>();
    }
  }
  return metrics;
}

absl::Status MetricsLog::Append(int64_t step, const std::map<std::string, double>& metrics) {
  nlohmann::ordered_json line;
  line["step"] = step;
  for (const auto& [name, value] : metrics) line[name] = value;
  return AppendToFile(path_, line.dump() + "\n");
}

}  // namespace hir
