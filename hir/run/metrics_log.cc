#include "hir/run/metrics_log.h"

#include <sstream>
#include <utility>

#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

constexpr char kStep[] = "step";
constexpr char kBatchDigest[] = "batch_digest";

// -1: it has none.
int64_t StepOf(const json& line) {
  const json step = line.value(kStep, json());
  return step.is_number_integer() ? step.get<int64_t>() : -1;
}

}  // namespace

absl::StatusOr<std::vector<RecordLine>> MetricsLog::Lines() const {
  absl::StatusOr<std::vector<RecordLine>> lines = ReadRecordLines(path_);
  if (absl::IsNotFound(lines.status())) return std::vector<RecordLine>();
  return lines;
}

absl::Status MetricsLog::TruncateAfter(int64_t step) {
  const absl::StatusOr<std::string> text = ReadFile(path_);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(text.status());
  std::istringstream lines(*text);
  std::string kept;
  int64_t last = 0;
  for (std::string line; std::getline(lines, line);) {
    const json object = ParseJson(line).value_or(json());
    const int64_t found = object.is_object() ? StepOf(object) : -1;
    if (found <= last || found > step) continue;
    last = found;
    kept += line + "\n";
  }
  return kept == *text ? absl::OkStatus() : WriteFileAtomically(path_, kept);
}

absl::StatusOr<std::map<std::string, double>> MetricsLog::MetricsOf(int64_t step) const {
  HIR_ASSIGN_OR_RETURN(const std::vector<RecordLine> lines, Lines());
  std::map<std::string, double> metrics;
  for (const RecordLine& line : lines) {
    if (StepOf(line.object) != step) continue;
    for (const auto& [name, value] : line.object.items()) {
      if (name != kStep && value.is_number()) metrics[name] = value.get<double>();
    }
  }
  return metrics;
}

absl::StatusOr<std::map<int64_t, std::string>> MetricsLog::Digests() const {
  HIR_ASSIGN_OR_RETURN(const std::vector<RecordLine> lines, Lines());
  std::map<int64_t, std::string> digests;
  for (const RecordLine& line : lines) {
    const json digest = line.object.value(kBatchDigest, json());
    if (digest.is_string()) digests[StepOf(line.object)] = digest.get<std::string>();
  }
  return digests;
}

absl::Status MetricsLog::Append(int64_t step, const std::string& batch_digest,
                                const std::map<std::string, double>& metrics) {
  nlohmann::ordered_json line;
  line[kStep] = step;
  line[kBatchDigest] = batch_digest;
  for (const auto& [name, value] : metrics) line[name] = value;
  return AppendRecordLine(path_, line.dump() + "\n");
}

}  // namespace hir
