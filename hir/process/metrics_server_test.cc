#include "hir/process/metrics_server.h"

#include <list>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/http/test_web_client.h"
#include "hir/metrics/service_metrics.h"
#include "prometheus/registry.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

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
  EXPECT_THAT(std::string(second.status().message()),
              AllOf(HasSubstr(address), HasSubstr("Address already in use")));
}

TEST(MetricsServer, NamesAHostThatIsNotOfThisMachine) {
  auto registry = std::make_shared<prometheus::Registry>();
  const auto foreign = MetricsServer::Start("192.0.2.1:0", registry);
  EXPECT_EQ(foreign.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(foreign.status().message()),
              AllOf(HasSubstr("192.0.2.1"), HasSubstr("Cannot assign requested address")));
  const auto name = MetricsServer::Start("no-such-host:0", registry);
  EXPECT_EQ(name.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(name.status().message()), HasSubstr("\"no-such-host\""));
}

TEST(MetricsServer, AnswersAGetOfMetrics) {
  auto registry = std::make_shared<prometheus::Registry>();
  VerifierMetrics metrics(*registry);
  metrics.queue_depth.Set(3);
  auto server = MetricsServer::Start("localhost:0", registry);
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string answer = TestGet((*server)->port(), "/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("\nhir_verifier_queue_depth 3\n"));
  EXPECT_THAT(TestGet((*server)->port(), "/"), StartsWith("HTTP/1.1 404"));
}

TEST(MetricsServer, IsScrapedBesideSilentConnections) {
  auto server = MetricsServer::Start("localhost:0", std::make_shared<prometheus::Registry>());
  ASSERT_TRUE(server.ok()) << server.status();
  std::list<TestWebClient> silent;
  for (int i = 0; i < 200; ++i) silent.emplace_back((*server)->port());
  EXPECT_THAT(TestGet((*server)->port(), "/metrics"), StartsWith("HTTP/1.1 200"));
}

TEST(MetricsServer, RefusesWhatIsNoAddress) {
  auto registry = std::make_shared<prometheus::Registry>();
  EXPECT_EQ(MetricsServer::Start("nine", registry).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MetricsServer::Start("127.0.0.1:70000", registry).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
