#include "hir/store/redis_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hir {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ParseRedisUrl, TakesHostAndDefaultPort) {
  const RedisAddress address = *ParseRedisUrl("redis://cache");
  EXPECT_EQ(address.host, "cache");
  EXPECT_EQ(address.port, 6379);
  EXPECT_FALSE(address.tls);
  EXPECT_EQ(address.Display(), "redis://cache:6379");
}

TEST(ParseRedisUrl, TakesLoginPortDatabaseAndTls) {
  const RedisAddress address = *ParseRedisUrl("rediss://me:p%40ss@cache:7000/3");
  EXPECT_EQ(address.user, "me");
  EXPECT_EQ(address.password, "p@ss");
  EXPECT_EQ(address.port, 7000);
  EXPECT_EQ(address.database, 3);
  EXPECT_TRUE(address.tls);
  EXPECT_EQ(address.Display(), "rediss://cache:7000");
}

TEST(ParseRedisUrl, TakesAPasswordWithoutUserAndIpv6) {
  const RedisAddress address = *ParseRedisUrl("redis://:secret@[::1]:6380");
  EXPECT_EQ(address.user, "");
  EXPECT_EQ(address.password, "secret");
  EXPECT_EQ(address.host, "::1");
  EXPECT_EQ(address.Display(), "redis://[::1]:6380");
}

TEST(ParseRedisUrl, TakesAUnixSocket) {
  const RedisAddress address = *ParseRedisUrl("unix:///run/redis.sock");
  EXPECT_EQ(address.socket_path, "/run/redis.sock");
  EXPECT_EQ(address.Display(), "unix:///run/redis.sock");
}

class BadRedisUrl : public ::testing::TestWithParam<const char*> {};

TEST_P(BadRedisUrl, IsRefusedWithTheRightFormAndWithoutThePassword) {
  const absl::Status status = ParseRedisUrl(GetParam()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("unix:///path/to/socket"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
}

INSTANTIATE_TEST_SUITE_P(Each, BadRedisUrl,
                         ::testing::Values("", "cache:6379", "http://cache", "redis://",
                                           "redis://:secret@", "redis://cache:0", "redis://cache:",
                                           "redis://cache:70000", "redis://cache:6379/x",
                                           "redis://secret@cache", "redis://:secret%4@cache",
                                           "redis://[::1", "redis://[::1]x", "unix://relative"));

}  // namespace
}  // namespace hir
