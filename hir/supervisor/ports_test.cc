#include "hir/supervisor/ports.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "hir/rpc/server.h"

namespace hir {
namespace {

TEST(ReservedPorts, AreDifferentAndGivenToNobodyElse) {
  constexpr int kPorts = 200;
  const auto first = ReservedPorts::Take(kPorts);
  const auto second = ReservedPorts::Take(kPorts);
  ASSERT_TRUE(first.ok() && second.ok());
  std::set<int> ports;
  for (int i = 0; i < kPorts; ++i) ports.insert({(*first)[i], (*second)[i]});
  EXPECT_EQ(ports.size(), 2u * kPorts);
}

TEST(ReservedPorts, CanBeListenedOnByOneServiceAfterTheOther) {
  const auto ports = ReservedPorts::Take(1);
  ASSERT_TRUE(ports.ok());
  const ServerOptions options{.address = absl::StrCat("127.0.0.1:", (*ports)[0])};
  for (int start = 0; start < 2; ++start) {
    const auto service = RpcServer::Start(options, {});
    EXPECT_TRUE(service.ok()) << service.status();
    EXPECT_EQ(RpcServer::Start(options, {}).status().code(), absl::StatusCode::kUnavailable);
  }
}

}  // namespace
}  // namespace hir
