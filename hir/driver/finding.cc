#include "hir/driver/finding.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace hir {

std::string FormatFindings(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    const char* const level = finding.level == Finding::kOk     ? "ok"
                              : finding.level == Finding::kNote ? "note"
                                                                : "missing";
    absl::StrAppend(&text,
                    absl::StrFormat("%-8s %-10s %s", level, finding.what,
                                    absl::StripSuffix(finding.detail, ".")),
                    finding.command.empty() ? "" : absl::StrCat("; fix: ", finding.command), "\n");
  }
  return text;
}

}  // namespace hir
