#include "hir/report/line_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace hir {
namespace {

constexpr double kWidth = 480;
constexpr double kHeight = 220;
constexpr double kLeft = 52;
constexpr double kRight = 12;
constexpr double kTop = 10;
constexpr double kBottom = 30;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Cover(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  // A range of no width has no scale; give it one around its value.
  void Widen() {
    if (high - low > 1e-12 * std::max(1.0, std::abs(high))) return;
    const double margin = high == 0 ? 1 : std::abs(high) * 0.1;
    low -= margin;
    high += margin;
  }
};

struct Frame {
  Range x, y;
  std::vector<double> x_ticks, y_ticks;

  double PixelX(double value) const {
    return kLeft + (value - x.low) / (x.high - x.low) * (kWidth - kLeft - kRight);
  }
  double PixelY(double value) const {
    return kHeight - kBottom - (value - y.low) / (y.high - y.low) * (kHeight - kTop - kBottom);
  }
};

Frame FrameOf(const LineChart& chart) {
  Frame frame;
  for (const ChartSeries& series : chart.series) {
    for (const ChartPoint& point : series.points) {
      if (!std::isfinite(point.y)) continue;
      frame.x.Cover(point.x);
      frame.y.Cover(point.y);
      if (point.low) frame.y.Cover(*point.low);
      if (point.high) frame.y.Cover(*point.high);
    }
  }
  if (frame.y.empty()) return frame;
  if (chart.from_zero) frame.y.Cover(0);
  frame.x.Widen();
  frame.y.Widen();
  frame.x_ticks = RoundTicks(frame.x.low, frame.x.high, 6);
  std::erase_if(frame.x_ticks, [](double tick) { return tick != std::floor(tick); });
  frame.y_ticks = RoundTicks(frame.y.low, frame.y.high, 4);
  frame.y.Cover(frame.y_ticks.front());
  frame.y.Cover(frame.y_ticks.back());
  return frame;
}

std::string Number(double value) { return absl::StrFormat("%.4g", value == 0 ? 0.0 : value); }

std::string Axes(const Frame& frame, const std::string& x_name) {
  std::string svg;
  for (double tick : frame.y_ticks) {
    const double y = frame.PixelY(tick);
    absl::StrAppendFormat(&svg, "<line class=grid x1=%g x2=%g y1=%.1f y2=%.1f />", kLeft,
                          kWidth - kRight, y, y);
    absl::StrAppendFormat(&svg, "<text class=tick x=%g y=%.1f text-anchor=end>%s</text>", kLeft - 6,
                          y + 4, Number(tick));
  }
  for (double tick : frame.x_ticks) {
    if (tick < frame.x.low || tick > frame.x.high) continue;
    absl::StrAppendFormat(&svg, "<text class=tick x=%.1f y=%g text-anchor=middle>%s</text>",
                          frame.PixelX(tick), kHeight - kBottom + 16, Number(tick));
  }
  absl::StrAppendFormat(&svg, "<text class=tick x=%g y=%g text-anchor=end>%s</text>",
                        kWidth - kRight, kHeight - 2, EscapeHtml(x_name));
  return svg;
}

std::string Line(const ChartSeries& series, size_t index, const Frame& frame) {
  std::string path;
  std::string marks;
  for (const ChartPoint& point : series.points) {
    if (!std::isfinite(point.y)) continue;
    const double x = frame.PixelX(point.x);
    const double y = frame.PixelY(point.y);
    absl::StrAppendFormat(&path, "%s%.1f %.1f", path.empty() ? "M" : "L", x, y);
    if (point.low && point.high) {
      absl::StrAppendFormat(&marks, "<line class=interval x1=%.1f x2=%.1f y1=%.1f y2=%.1f />", x, x,
                            frame.PixelY(*point.low), frame.PixelY(*point.high));
    }
    if (series.dashed) continue;
    absl::StrAppendFormat(&marks, "<circle cx=%.1f cy=%.1f r=2.5><title>%s %s: %s</title></circle>",
                          x, y, EscapeHtml(series.name), Number(point.x), Number(point.y));
  }
  return absl::StrFormat("<g class='s%d%s'><path d='%s' />%s</g>", index,
                         series.dashed ? " dashed" : "", path, marks);
}

std::string Legend(const LineChart& chart) {
  if (chart.series.size() < 2) return "";
  std::string html = "<div class=legend>";
  for (size_t i = 0; i < chart.series.size(); ++i) {
    absl::StrAppendFormat(&html, "<span class='key s%d%s'>%s</span>", i,
                          chart.series[i].dashed ? " dashed" : "",
                          EscapeHtml(chart.series[i].name));
  }
  return html + "</div>";
}

}  // namespace

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::vector<double> RoundTicks(double low, double high, int count) {
  const double rough = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double lead = rough / power;
  const double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  std::vector<double> ticks;
  for (double i = std::floor(low / step); i <= std::ceil(high / step); ++i)
    ticks.push_back(i * step);
  return ticks;
}

std::string RenderChart(const LineChart& chart) {
  const std::string title = EscapeHtml(chart.title);
  std::string html = absl::StrCat("<figure><figcaption>", title);
  if (!chart.unit.empty()) absl::StrAppend(&html, " <small>", EscapeHtml(chart.unit), "</small>");
  absl::StrAppend(&html, "</figcaption>");
  const Frame frame = FrameOf(chart);
  if (frame.y.empty()) return html + "<p class=none>nothing recorded</p></figure>\n";
  absl::StrAppend(&html, Legend(chart));
  absl::StrAppendFormat(&html, "<svg viewBox='0 0 %g %g' role=img aria-label='%s'>", kWidth,
                        kHeight, title);
  absl::StrAppend(&html, Axes(frame, chart.x_name));
  for (size_t i = 0; i < chart.series.size(); ++i) {
    absl::StrAppend(&html, Line(chart.series[i], i, frame));
  }
  return html + "</svg></figure>\n";
}

}  // namespace hir
