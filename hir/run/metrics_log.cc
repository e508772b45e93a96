#include "hir/run/metrics_log.h"

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/run/run_lines.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

constexpr char kStep[] = "step";
constexpr char kBatchDigest[] = "batch_digest";

// The step of a line; -1 if it has none.
int64_t StepOf(const json& line) {
  const json step = line.is_object() ? line.value(kStep, json()) : json();
  return step.is_number_integer() ? step.get<int64_t>() : -1;
}

}  // namespace

absl::Status MetricsLog::TruncateAfter(int64_t step) {
  const absl::StatusOr<std::string> text = ReadFile(path_);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(text.status());
  std::istringstream lines(*text);
  std::string kept;
  int64_t last = 0;
  for (std::string line; std::getline(lines, line);) {
    const int64_t found = StepOf(ParseJson(line).value_or(json()));
    if (found <= last || found > step) continue;
    last = found;
    kept += line + "\n";
  }
  return kept == *text ? absl::OkStatus() : WriteFileAtomically(path_, kept);
}

absl::StatusOr<std::map<std::string, double>> MetricsLog::MetricsOf(int64_t step) const {
  HIR_ASSIGN_OR_RETURN(const std::vector<StepLine> lines, ReadStepLines(path_));
  std::map<std::string, double> metrics;
  for (const StepLine& line : lines) {
    if (line.step != step) continue;
    for (const auto& [name, value] : line.object.items()) {
      if (name != kStep && value.is_number()) metrics[name] = value.get<double>();
    }
  }
  return metrics;
}

absl::StatusOr<std::map<int64_t, std::string>> MetricsLog::Digests() const {
  HIR_ASSIGN_OR_RETURN(const std::vector<StepLine> lines, ReadStepLines(path_));
  std::map<int64_t, std::string> digests;
  for (const StepLine& line : lines) {
    const json digest = line.object.value(kBatchDigest, json());
    if (digest.is_string()) digests[line.step] = digest.get<std::string>();
  }
  return digests;
}

absl::StatusOr<bool> MetricsLog::Has(int64_t step) const {
  HIR_ASSIGN_OR_RETURN(const std::vector<StepLine> lines, ReadStepLines(path_));
  return std::any_of(lines.begin(), lines.end(),
                     [step](const StepLine& line) { return line.step == step; });
}

absl::StatusOr<int64_t> MetricsLog::LastStep() const {
  HIR_ASSIGN_OR_RETURN(const std::vector<StepLine> lines, ReadStepLines(path_));
  int64_t last = 0;
  for (const StepLine& line : lines) last = std::max(last, line.step);
  return last;
}

absl::Status MetricsLog::Append(int64_t step, const std::string& batch_digest,
                                const std::map<std::string, double>& metrics) {
  nlohmann::ordered_json line;
  line[kStep] = step;
  if (!batch_digest.empty()) line[kBatchDigest] = batch_digest;
  for (const auto& [name, value] : metrics) line[name] = value;
  return AppendRecordLine(path_, ToLine(line));
}

}  // namespace hir
