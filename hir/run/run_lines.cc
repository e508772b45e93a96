#include "hir/run/run_lines.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {

absl::StatusOr<std::vector<RecordLine>> ReadRunLines(const std::string& path) {
  absl::StatusOr<std::vector<RecordLine>> lines = ReadRecordLines(path);
  if (absl::IsNotFound(lines.status())) return std::vector<RecordLine>();
  if (absl::IsInvalidArgument(lines.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat(lines.status().message(), "; repair that line or remove it"));
  }
  return lines;
}

absl::StatusOr<std::vector<StepLine>> ReadStepLines(const std::string& path) {
  HIR_ASSIGN_OR_RETURN(std::vector<RecordLine> lines, ReadRunLines(path));
  std::vector<StepLine> steps;
  for (RecordLine& line : lines) {
    const auto step = line.object.find("step");
    if (step == line.object.end() || !step->is_number_integer()) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ":", line.number,
          ": the line has no `step`, which must be a whole number; repair that line or remove it"));
    }
    const int64_t number = step->get<int64_t>();
    steps.push_back({number, std::move(line.object)});
  }
  return steps;
}

}  // namespace hir
