#include "hir/report/page.h"

#include "absl/strings/str_cat.h"
#include "hir/report/line_chart.h"

namespace hir {
namespace {

constexpr char kStyle[] = R"css(
:root { --ink:#1c2430; --soft:#5d6b7c; --line:#d9dfe7; --paper:#fff; --tint:#f5f7fa;
  --c0:#1f6feb; --c1:#d9480f; --c2:#2b8a3e; --c3:#7048b6; --good:#2b8a3e; --bad:#c92a2a; --dim:#946200; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6ebf2; --soft:#9aa8b9; --line:#333e4c;
  --paper:#12171e; --tint:#1a212b; --c0:#6aa8ff; --c1:#ff9256; --c2:#69c37c; --c3:#b79bf0;
  --good:#69c37c; --bad:#ff8787; --dim:#e0b04a; } }
* { box-sizing:border-box }
body { margin:0 auto; padding:2rem 1.2rem 4rem; max-width:1080px; background:var(--paper);
  color:var(--ink); font:15px/1.5 system-ui,sans-serif }
h1 { margin:0 0 .2rem; font-size:1.7rem } h2 { margin:2.2rem 0 .8rem; font-size:1.15rem }
.sub, .none, small { color:var(--soft) } small { font-weight:400 }
.cards { display:grid; grid-template-columns:repeat(auto-fit,minmax(230px,1fr)); gap:.8rem; margin-top:1.2rem }
.card { background:var(--tint); border-radius:8px; padding:.8rem 1rem }
.card b { display:block; font-size:1.3rem; white-space:nowrap } .card small { display:block }
.charts { display:grid; grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr)); gap:1.2rem }
figure { margin:0; border:1px solid var(--line); border-radius:8px; padding:.8rem }
figcaption { font-weight:600 } svg { width:100%; height:auto; display:block }
.grid { stroke:var(--line); stroke-width:1 } .tick { fill:var(--soft); font-size:11px }
path { fill:none; stroke-width:2; stroke-linejoin:round }
.interval { stroke-width:1.5; opacity:.6 } .dashed path { stroke-dasharray:5 4 }
.s0 { --c:var(--c0) } .s1 { --c:var(--c1) } .s2 { --c:var(--c2) } .s3 { --c:var(--c3) }
g.s0,g.s1,g.s2,g.s3 { stroke:var(--c) } g circle { fill:var(--c); stroke:none }
.legend { display:flex; flex-wrap:wrap; gap:.2rem 1rem; font-size:13px }
.key::before { content:''; display:inline-block; width:16px; margin-right:6px; vertical-align:middle;
  border-top:2px solid var(--c) } .key.dashed::before { border-top-style:dashed }
article { border:1px solid var(--line); border-radius:8px; padding:.9rem 1rem; margin-bottom:1rem }
article h3 { margin:.6rem 0 .2rem; font-size:.8rem; text-transform:uppercase; letter-spacing:.04em; color:var(--soft) }
pre { white-space:pre-wrap; overflow-wrap:anywhere; background:var(--tint); border-radius:6px;
  padding:.6rem .8rem; margin:0; font:13px/1.45 ui-monospace,monospace }
ul.verdicts { list-style:none; padding:0; margin:.2rem 0 } .pass::before { content:'✓ '; color:var(--good) }
.fail::before { content:'✗ '; color:var(--bad) } .undecidable::before { content:'? '; color:var(--dim) }
)css";

}  // namespace

std::string Page(absl::string_view title, absl::string_view body) {
  return absl::StrCat(
      "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
      "<meta name=viewport content='width=device-width,initial-scale=1'>\n<title>",
      EscapeHtml(title), "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n", body,
      "</body>\n</html>\n");
}

std::string Card(absl::string_view value, absl::string_view name, absl::string_view remark) {
  return absl::StrCat("<div class=card><b>", EscapeHtml(value), "</b>", EscapeHtml(name), "<small>",
                      EscapeHtml(remark), "</small></div>\n");
}

std::string Section(absl::string_view title, absl::string_view body) {
  return absl::StrCat("<section>\n<h2>", EscapeHtml(title), "</h2>\n", body, "</section>\n");
}

}  // namespace hir
