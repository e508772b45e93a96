#include "hir/rpc/channel.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

TEST(MakeChannel, TakesHostAndPortOrASocket) {
  EXPECT_TRUE(MakeChannel("127.0.0.1:5001").ok());
  EXPECT_TRUE(MakeChannel("verifier.ring:5001").ok());
  EXPECT_TRUE(MakeChannel("unix:/run/verifier.sock").ok());
}

TEST(MakeChannel, RefusesWhatIsNoAddress) {
  for (const char* address :
       {"", "verifier", ":5001", "verifier:", "verifier:0", "verifier:99999"}) {
    const auto channel = MakeChannel(address);
    EXPECT_EQ(channel.status().code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_THAT(std::string(channel.status().message()), ::testing::HasSubstr("HOST:PORT"));
  }
}

TEST(SetDeadline, CountsFromNow) {
  grpc::ClientContext context;
  PrepareCall(context, absl::Hours(1));
  const absl::Duration left = absl::FromChrono(context.deadline()) - absl::Now();
  EXPECT_GT(left, absl::Minutes(59));
  EXPECT_LE(left, absl::Hours(1));
}

}  // namespace
}  // namespace hir
