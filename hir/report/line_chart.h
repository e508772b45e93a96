// Line charts as inline SVG, without scripts: they print, they scale, they follow light and dark.
#ifndef HIR_REPORT_LINE_CHART_H_
#define HIR_REPORT_LINE_CHART_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace hir {

struct ChartPoint {
  double x;
  double y;
  // Ends of an interval around y, drawn as a bar; unset = none.
  std::optional<double> low;
  std::optional<double> high;
};

struct ChartSeries {
  std::string name;
  std::vector<ChartPoint> points;  // By rising x.
  bool dashed = false;             // For a reference that is computed, not measured.
};

struct LineChart {
  std::string title;
  std::string unit;    // Of y; shown after the title. Empty = a plain number.
  std::string x_name;  // "step"
  std::vector<ChartSeries> series;
  bool from_zero = true;  // Whether the y axis always shows zero.
};

// Escapes text for HTML and SVG.
std::string EscapeHtml(absl::string_view text);

// Ticks at round numbers (1, 2 or 5 times a power of ten) that cover [low, high] with about `count`
// steps. REQUIRES: low < high, both finite; count > 0.
std::vector<double> RoundTicks(double low, double high, int count);

// The chart as one <figure>. Points that are not finite are left out; a chart without any point
// says so instead of an empty frame. Series take the CSS classes s0, s1, ... in order.
std::string RenderChart(const LineChart& chart);

}  // namespace hir

#endif  // HIR_REPORT_LINE_CHART_H_
