// The page that shows a run, served by DashboardServer and written as a report: the files of page/,
// linked into the program, with uPlot, which draws the curves.
#ifndef HIR_DASHBOARD_PAGE_H_
#define HIR_DASHBOARD_PAGE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace hir {

// One file of the page.
struct PageFile {
  absl::string_view
      path;  // "/app.js"; "/" is the document, which refers to the others by their paths.
  absl::string_view type;  // MIME type.
  absl::string_view text;
};

// All files of the page.
const std::vector<PageFile>& PageFiles();

// The page as one document that neither loads anything nor is allowed to: with its scripts, its
// styles and `data`, which page/app.js reads instead of a server's answers.
std::string PageWithData(const nlohmann::json& data);

// `document` as JSON text; invalid UTF-8 becomes U+FFFD.
std::string JsonText(const nlohmann::json& document);

}  // namespace hir

#endif  // HIR_DASHBOARD_PAGE_H_
