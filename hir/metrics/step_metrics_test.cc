#include "hir/metrics/step_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"

namespace hir {
namespace {

// Every metric set, each to a different value.
StepMetrics AllMeasured() {
  StepMetrics metrics;
  double value = 0;
  VisitMetrics(metrics, [&](std::optional<double>& field, const MetricInfo&) { field = ++value; });
  return metrics;
}

TEST(VisitMetrics, NamesEveryFieldOnceAndByItsOwnName) {
  const StepMetrics metrics = {.actor_pg_loss = 0.5, .perf_max_memory_allocated_gb = 3};
  EXPECT_EQ(
      NamedValues(metrics),
      (std::map<std::string, double>{{"actor/pg_loss", 0.5}, {"perf/max_memory_allocated_gb", 3}}));
  size_t fields = 0;
  std::set<std::string> names;
  VisitMetrics(metrics, [&](const auto&, const MetricInfo& info) {
    ++fields;
    names.insert(info.name);
  });
  EXPECT_EQ(fields, sizeof(StepMetrics) / sizeof(std::optional<double>));
  EXPECT_EQ(names.size(), fields);
}

TEST(NamedValues, LeavesOutWhatWasNotMeasured) { EXPECT_TRUE(NamedValues({}).empty()); }

TEST(MetricsOfNames, IsTheInverseOfNamedValues) {
  const auto values = NamedValues(AllMeasured());
  EXPECT_EQ(values.size(), sizeof(StepMetrics) / sizeof(std::optional<double>));
  EXPECT_EQ(NamedValues(MetricsOfNames(values)), values);
}

TEST(MetricsOfNames, IgnoresNamesOfOtherVersions) {
  const StepMetrics metrics = MetricsOfNames({{"actor/kl", 0.25}, {"actor/once_was", 7}});
  EXPECT_EQ(metrics.actor_kl, 0.25);
  EXPECT_EQ(NamedValues(metrics).size(), 1u);
}

TEST(StepMetrics, AreThoseOfTheDocumentationWordForWord) {
  const auto page = ReadFile(std::string(HIR_SOURCE_DIR) + "/docs/metrics.md");
  ASSERT_TRUE(page.ok()) << page.status();
  std::string table = "| name | unit | meaning |\n|---|---|---|\n";
  const StepMetrics none = {};
  VisitMetrics(none, [&](const auto&, const MetricInfo& info) {
    absl::StrAppend(&table, "| `", info.name, "` | ", info.unit, " | ", info.help, " |\n");
  });
  const size_t begin = std::min(page->find("| name | unit |"), page->size());
  EXPECT_EQ(page->substr(begin, page->find("\n\n", begin) + 1 - begin), table);
}

}  // namespace
}  // namespace hir
