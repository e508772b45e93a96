#include "hir/run/metrics_log.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"

namespace hir {
namespace {

TEST(MetricsLog, DropsTornLinesAndStepsThatWillComeAgain) {
  char folder[] = "/tmp/hir_metrics_log_XXXXXX";
  const std::string path = std::string(mkdtemp(folder)) + "/metrics.jsonl";
  MetricsLog log(path);
  ASSERT_TRUE(log.Append(1, "d1", {{"b", 2}, {"a", 1}}).ok());
  ASSERT_TRUE(log.Append(2, "d2", {}).ok());
  ASSERT_TRUE(AppendToFile(path, "{\"step\":3,\"a\"").ok());
  EXPECT_EQ(*log.Digests(), (std::map<int64_t, std::string>{{1, "d1"}, {2, "d2"}}));
  ASSERT_TRUE(log.TruncateAfter(1).ok());
  EXPECT_EQ(*ReadFile(path), "{\"step\":1,\"batch_digest\":\"d1\",\"a\":1.0,\"b\":2.0}\n");
  std::filesystem::remove_all(folder);
}

// A learner that stood still may append its line after those of its successor.
TEST(MetricsLog, KeepsOneLineOfAStep) {
  char folder[] = "/tmp/hir_metrics_log_XXXXXX";
  const std::string path = std::string(mkdtemp(folder)) + "/metrics.jsonl";
  MetricsLog log(path);
  for (const int64_t step : {1, 2, 3, 2}) ASSERT_TRUE(log.Append(step, "", {}).ok());
  ASSERT_TRUE(log.TruncateAfter(3).ok());
  const std::string text = *ReadFile(path);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  std::filesystem::remove_all(folder);
}

TEST(MetricsLog, GivesBackWhatAStepMeasured) {
  char folder[] = "/tmp/hir_metrics_log_XXXXXX";
  MetricsLog log(std::string(mkdtemp(folder)) + "/metrics.jsonl");
  EXPECT_TRUE(log.MetricsOf(2)->empty());
  ASSERT_TRUE(log.Append(1, "", {{"a", 1}}).ok());
  ASSERT_TRUE(log.Append(2, "", {{"a", 2}, {"b", std::nan("")}}).ok());
  EXPECT_EQ(*log.MetricsOf(2), (std::map<std::string, double>{{"a", 2}}));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace hir
