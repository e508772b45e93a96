// The frame of a report: title, style, sections.
#ifndef HIR_REPORT_PAGE_H_
#define HIR_REPORT_PAGE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace hir {

// A complete HTML document around `body`, readable in light and dark, at any width.
std::string Page(absl::string_view title, absl::string_view body);

// A figure with its name beneath, and an optional remark in small letters.
std::string Card(absl::string_view value, absl::string_view name, absl::string_view remark = "");

std::string Section(absl::string_view title, absl::string_view body);

}  // namespace hir

#endif  // HIR_REPORT_PAGE_H_
