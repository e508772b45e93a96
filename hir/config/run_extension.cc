#include "hir/config/run_extension.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hir/config/schema.h"

namespace hir {
namespace {

// The first line of `now` that differs from that of `before`, without its indentation.
std::string FirstDifference(const std::string& before, const std::string& now) {
  const std::vector<std::string> old_lines = absl::StrSplit(before, '\n');
  const std::vector<std::string> new_lines = absl::StrSplit(now, '\n');
  for (size_t i = 0; i < new_lines.size(); ++i) {
    if (i >= old_lines.size() || old_lines[i] != new_lines[i]) {
      return std::string(absl::StripAsciiWhitespace(new_lines[i]));
    }
  }
  return "";
}

}  // namespace

absl::Status CheckExtends(const RunConfig& before, const RunConfig& now) {
  RunConfig extended = before;
  if (now.learner.total_steps > before.learner.total_steps) {
    extended.learner.total_steps = now.learner.total_steps;
  }
  const std::string difference = FirstDifference(ToYaml(extended), ToYaml(now));
  if (difference.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "now \"", difference,
      "\"; once a run has begun, only learner.total_steps may change, and only upwards"));
}

}  // namespace hir
