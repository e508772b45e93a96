#include "hir/report/line_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace hir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(RoundTicks, AreRoundNumbersThatCoverTheRange) {
  EXPECT_THAT(RoundTicks(0, 1, 4), ElementsAre(0, 0.5, 1));
  EXPECT_THAT(RoundTicks(3, 17, 4), ElementsAre(0, 5, 10, 15, 20));
}

TEST(RenderChart, GivesASinglePointAScale) {
  const LineChart chart = {.title = "x", .series = {{.name = "a", .points = {{1, 0, {}, {}}}}}};
  EXPECT_THAT(RenderChart(chart), HasSubstr("<circle"));
  EXPECT_THAT(RenderChart(chart), Not(HasSubstr("nan")));
}

TEST(RenderChart, SaysWhenThereIsNothingToDraw) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const LineChart chart = {.title = "Loss",
                           .series = {{.name = "a", .points = {{1, nan, {}, {}}}}}};
  EXPECT_THAT(RenderChart(chart), HasSubstr("nothing recorded"));
}

TEST(RenderChart, DrawsEverySeriesWithItsOwnClassAndName) {
  const LineChart chart = {.title = "Density",
                           .series = {{.name = "original", .points = {{1, 0.1, {}, {}}}},
                                      {.name = "mixed", .points = {{1, 0.4, {}, {}}}}}};
  const std::string html = RenderChart(chart);
  EXPECT_THAT(html, HasSubstr("class='s0'"));
  EXPECT_THAT(html, HasSubstr("class='s1'"));
  EXPECT_THAT(html, HasSubstr(">mixed</span>"));
}

TEST(RenderChart, LeavesOutPointsThatAreNotFinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  const LineChart chart = {
      .title = "x", .series = {{.name = "a", .points = {{1, 1, {}, {}}, {2, infinity, {}, {}}}}}};
  EXPECT_THAT(RenderChart(chart), Not(HasSubstr("inf")));
}

TEST(RenderChart, EscapesNames) {
  const LineChart chart = {.title = "<b>", .series = {{.name = "a", .points = {{1, 1, {}, {}}}}}};
  EXPECT_THAT(RenderChart(chart), HasSubstr("&lt;b&gt;"));
}

TEST(RenderChart, DrawsIntervalsWhereTheyAreGiven) {
  const LineChart chart = {.title = "x",
                           .series = {{.name = "a", .points = {{1, 1, 0.5, 1.5}, {2, 1, {}, {}}}}}};
  const std::string html = RenderChart(chart);
  EXPECT_EQ(html.find("interval"), html.rfind("interval"));
  EXPECT_THAT(html, HasSubstr("interval"));
}

}  // namespace
}  // namespace hir
