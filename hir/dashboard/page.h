// The page that shows a run, served by DashboardServer and written as a report: the same files, out
// of page/, linked into the program, with uPlot, which draws the curves.
#ifndef HIR_DASHBOARD_PAGE_H_
#define HIR_DASHBOARD_PAGE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace hir {

struct PageFile {
  absl::string_view
      path;  // "/app.js"; "/" is the document itself, which names the others by their paths.
  absl::string_view type;  // Of its content.
  absl::string_view text;
};

const std::vector<PageFile>& PageFiles();

// The page as one document that loads nothing and may load nothing: with its scripts, its styles
// and `data`, which page/app.js reads in place of what a server would answer.
std::string PageWithData(const nlohmann::json& data);

// JSON text; bytes that are not UTF-8 become U+FFFD.
std::string JsonText(const nlohmann::json& document);

}  // namespace hir

#endif  // HIR_DASHBOARD_PAGE_H_
