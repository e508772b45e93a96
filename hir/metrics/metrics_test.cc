#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/metrics/metrics_server.h"
#include "hir/metrics/names.h"
#include "prometheus/check_names.h"
#include "prometheus/text_serializer.h"

namespace hir {
namespace {

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

TEST(MetricsServer, TakesAFreePort) {
  auto server = MetricsServer::Start("127.0.0.1:0", std::make_shared<prometheus::Registry>());
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_GT((*server)->port(), 0);
}

TEST(MetricsServer, NamesTheBusyPort) {
  auto registry = std::make_shared<prometheus::Registry>();
  auto first = MetricsServer::Start("127.0.0.1:0", registry);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string address = "127.0.0.1:" + std::to_string((*first)->port());
  const auto second = MetricsServer::Start(address, registry);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(address));
}

TEST(MetricsServer, RefusesWhatIsNoAddress) {
  auto registry = std::make_shared<prometheus::Registry>();
  EXPECT_EQ(MetricsServer::Start("nine", registry).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MetricsServer::Start("127.0.0.1:70000", registry).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(BuildInfo, IsOneAndNamesTheVersion) {
  prometheus::Registry registry;
  AddBuildInfo(registry);
  EXPECT_THAT(Text(registry), HasSubstr("hir_build_info{commit="));
  EXPECT_THAT(Text(registry), HasSubstr(std::string("version=\"") + BuildVersion() + "\"} 1"));
}

}  // namespace
}  // namespace hir
