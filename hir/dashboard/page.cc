#include "hir/dashboard/page.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#define HIR_PAGE_FILE(name) \
  extern "C" const char hir_dashboard_##name##_begin[], hir_dashboard_##name##_end[]
HIR_PAGE_FILE(index);
HIR_PAGE_FILE(style);
HIR_PAGE_FILE(app);
HIR_PAGE_FILE(uplot_style);
HIR_PAGE_FILE(uplot);
#undef HIR_PAGE_FILE

namespace hir {
namespace {

constexpr char kHtml[] = "text/html; charset=utf-8";
constexpr char kStyle[] = "text/css; charset=utf-8";
constexpr char kScript[] = "text/javascript; charset=utf-8";

// The place in page/index.html for the parts that only a report has.
constexpr char kReportMark[] = "<!-- report -->";
constexpr char kNothingFromElsewhere[] =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src "
    "'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:\">";

absl::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

// The element of page/index.html that loads `file`, and the one with its content that replaces it.
std::pair<std::string, std::string> Inlined(const PageFile& file) {
  if (file.type == kStyle) {
    return {absl::StrCat("<link rel=\"stylesheet\" href=\"", file.path, "\">"),
            absl::StrCat("<style>\n", file.text, "</style>")};
  }
  return {absl::StrCat("<script src=\"", file.path, "\"></script>"),
          absl::StrCat("<script>\n", file.text, "</script>")};
}

}  // namespace

const std::vector<PageFile>& PageFiles() {
  static const auto* const files = new std::vector<PageFile>{
      {"/", kHtml, Between(hir_dashboard_index_begin, hir_dashboard_index_end)},
      {"/style.css", kStyle, Between(hir_dashboard_style_begin, hir_dashboard_style_end)},
      {"/app.js", kScript, Between(hir_dashboard_app_begin, hir_dashboard_app_end)},
      {"/uplot.css", kStyle,
       Between(hir_dashboard_uplot_style_begin, hir_dashboard_uplot_style_end)},
      {"/uplot.js", kScript, Between(hir_dashboard_uplot_begin, hir_dashboard_uplot_end)}};
  return *files;
}

std::string PageWithData(const nlohmann::json& data) {
  // Without "<" no text in the data can end its element; in JSON, "<" occurs only in strings.
  const std::string text = absl::StrReplaceAll(JsonText(data), {{"<", "\\u003c"}});
  std::vector<std::pair<std::string, std::string>> replacements = {
      {kReportMark,
       absl::StrCat(kNothingFromElsewhere, "\n<script type=\"application/json\" id=\"report\">",
                    text, "</script>")}};
  absl::string_view document;
  for (const PageFile& file : PageFiles()) {
    if (file.type == kHtml) {
      document = file.text;
    } else {
      replacements.push_back(Inlined(file));
    }
  }
  return absl::StrReplaceAll(document, replacements);
}

std::string JsonText(const nlohmann::json& document) {
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace hir
