#include <list>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/metrics/build_info.h"
#include "hir/metrics/service_metrics.h"
#include "prometheus/check_names.h"
#include "prometheus/text_serializer.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Text(const prometheus::Registry& registry) {
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

TEST(Metrics, CountsAConstraintCheckByKindAndOutcome) {
  prometheus::Registry registry;
  VerifierMetrics metrics(registry);
  metrics.CountCheck("keywords:existence", "pass");
  metrics.CountCheck("keywords:existence", "pass");
  EXPECT_THAT(
      Text(registry),
      HasSubstr("hir_verifier_constraint_checks_total{constraint_type=\"keywords:existence\","
                "outcome=\"pass\"} 2"));
}

TEST(Metrics, ShowsTheValuesOfClosedLabelsBeforeTheirFirstEvent) {
  prometheus::Registry registry;
  const VerifierMetrics verifier(registry);
  const ReplayMetrics replay(registry);
  const RolloutMetrics rollout(registry);
  const LearnerMetrics learner(registry);
  const std::string text = Text(registry);
  for (const char* series :
       {"hir_verifier_request_duration_seconds_count{method=\"verify_stream\"} 0",
        "hir_replay_inserts_total{reason=\"invalid\"} 0",
        "hir_selector_skipped_total{reason=\"prompt_too_long\"} 0",
        "hir_selector_score_count{picked=\"false\"} 0",
        "hir_rollout_errors_total{code=\"CANCELLED\"} 0",
        "hir_rollout_errors_total{code=\"UNAUTHENTICATED\"} 0",
        "hir_learner_step_duration_seconds_count{phase=\"checkpoint\"} 0"}) {
    EXPECT_THAT(text, HasSubstr(series));
  }
}

TEST(Metrics, SplitsSamplesBySource) {
  prometheus::Registry registry;
  ReplayMetrics metrics(registry);
  metrics.samples_original.Increment(48);
  metrics.samples_replay.Increment(16);
  EXPECT_THAT(Text(registry), HasSubstr("hir_samples_total{source=\"original\"} 48"));
  EXPECT_THAT(Text(registry), HasSubstr("hir_samples_total{source=\"replay\"} 16"));
}

TEST(Metrics, ObservesACandidateInThreeHistograms) {
  prometheus::Registry registry;
  ReplayMetrics metrics(registry);
  metrics.ObserveCandidate(true, 2.6, 0.5, 0.75);
  const std::string text = Text(registry);
  EXPECT_THAT(text, HasSubstr("hir_selector_score_sum{picked=\"true\"} 2.6"));
  EXPECT_THAT(text, HasSubstr("hir_selector_diversity_nats_sum{picked=\"true\"} 0.5"));
  EXPECT_THAT(text, HasSubstr("hir_selector_integrity_ratio_sum{picked=\"true\"} 0.75"));
}

TEST(Metrics, StalenessBucketsAreWholeVersions) {
  prometheus::Registry registry;
  LearnerMetrics metrics(registry);
  metrics.staleness.Observe(1);
  const std::string text = Text(registry);
  EXPECT_THAT(text, HasSubstr("hir_learner_sample_staleness_versions_bucket{le=\"0\"} 0"));
  EXPECT_THAT(text, HasSubstr("hir_learner_sample_staleness_versions_bucket{le=\"1\"} 1"));
  EXPECT_THAT(text, HasSubstr("hir_learner_sample_staleness_versions_bucket{le=\"16\"} 1"));
}

TEST(Metrics, NamesFollowTheRules) {
  prometheus::Registry registry;
  VerifierMetrics verifier(registry);
  ReplayMetrics replay(registry);
  RolloutMetrics rollout(registry);
  LearnerMetrics learner(registry);
  for (const prometheus::MetricFamily& family : registry.Collect()) {
    EXPECT_THAT(family.name, StartsWith("hir_"));
    EXPECT_FALSE(family.help.empty()) << family.name;
    if (family.type == prometheus::MetricType::Counter) {
      EXPECT_THAT(family.name, EndsWith("_total"));
    } else {
      EXPECT_THAT(family.name, Not(EndsWith("_total")));
      EXPECT_THAT(family.name, Not(EndsWith("_count")));
    }
  }
}

// The names in the table of docs/metrics.md whose last column is `service` or "all".
std::set<std::string> DocumentedNames(const std::string& service) {
  const auto page = ReadFile(std::string(HIR_SOURCE_DIR) + "/docs/metrics.md");
  EXPECT_TRUE(page.ok()) << page.status();
  std::istringstream lines(page.ok() ? page->substr(page->find("## Prometheus")) : "");
  std::set<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() != 6) continue;
    const std::string services = cells[4].substr(0, cells[4].find(';'));
    if (!absl::StrContains(services, service) && !absl::StrContains(services, " all ")) continue;
    const std::vector<std::string> parts = absl::StrSplit(cells[1], '`');
    for (size_t i = 1; i < parts.size(); i += 2) names.insert(parts[i]);
  }
  return names;
}

// The names that a service with those metrics exports, without those that every service exports.
template <typename ServiceMetrics, typename Count>
std::set<std::string> ExportedNames(Count count) {
  prometheus::Registry registry;
  AddBuildInfo(registry);
  RpcMetrics(registry).Observe("s", "m", "OK", 0.01);
  ServiceMetrics metrics(registry);
  count(metrics);  // A family without an instance is not exported.
  std::set<std::string> names;
  for (const prometheus::MetricFamily& family : registry.Collect()) names.insert(family.name);
  return names;
}

TEST(Metrics, AreThoseOfTheDocumentation) {
  EXPECT_EQ(ExportedNames<VerifierMetrics>([](VerifierMetrics& metrics) {
              metrics.CountCheck("keywords:existence", "pass");
              metrics.ObserveRequest("verify", 0.1);
            }),
            DocumentedNames("verifier"));
  EXPECT_EQ(ExportedNames<ReplayMetrics>([](ReplayMetrics& metrics) {
              metrics.CountInsert("stored");
              metrics.CountSkipped("all_met", 1);
              metrics.ObserveCandidate(true, 1, 1, 1);
            }),
            DocumentedNames("replay"));
  EXPECT_EQ(ExportedNames<RolloutMetrics>(
                [](RolloutMetrics& metrics) { metrics.CountError("UNAVAILABLE"); }),
            DocumentedNames("rollout"));
  EXPECT_EQ(ExportedNames<LearnerMetrics>(
                [](LearnerMetrics& metrics) { metrics.ObservePhase("train", 1); }),
            DocumentedNames("learner"));
}

TEST(Metrics, AllServicesShareOneRegistryWithoutAClash) {
  prometheus::Registry registry;
  VerifierMetrics verifier(registry);
  ReplayMetrics replay(registry);
  RolloutMetrics rollout(registry);
  LearnerMetrics learner(registry);
  RpcMetrics rpc(registry);
  std::multiset<std::string> names;
  for (const prometheus::MetricFamily& family : registry.Collect()) names.insert(family.name);
  for (const std::string& name : names) EXPECT_EQ(names.count(name), 1u) << name;
}

TEST(Metrics, CountingFromSeveralThreadsLosesNothing) {
  prometheus::Registry registry;
  RpcMetrics metrics(registry);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 100; ++i) metrics.Observe("s", "m", "OK", 0.01);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Text(registry),
              HasSubstr("grpc_code=\"OK\",grpc_method=\"m\",grpc_service=\"s\"} 400"));
}

TEST(BuildInfo, IsOneAndNamesTheVersion) {
  prometheus::Registry registry;
  AddBuildInfo(registry);
  EXPECT_THAT(Text(registry), HasSubstr("hir_build_info{commit="));
  EXPECT_THAT(Text(registry), HasSubstr(std::string("version=\"") + BuildVersion() + "\"} 1"));
}

}  // namespace
}  // namespace hir
