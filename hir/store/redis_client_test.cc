#include "hir/store/redis_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hir/testing/redis_server.h"

namespace hir {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

RedisOptions OptionsFor(const std::string& url) {
  return {.address = ParseRedisUrl(url).value(), .connect_timeout = absl::Seconds(1)};
}

TEST(RedisClient, CarriesAnyBytesAndNestedLists) {
  const auto server = RedisServer::Start().value();
  RedisClient client(OptionsFor(server->url()));
  const std::string bytes("a\0\r\n\xff", 5);
  ASSERT_TRUE(client.Command(Words{"SET", "k", bytes}).ok());
  EXPECT_EQ(client.Command(Words{"GET", "k"})->text, bytes);
  EXPECT_EQ(client.Command(Words{"GET", "none"})->kind, RedisReply::Kind::kNil);
  const RedisScript script("return {1, {KEYS[1], ARGV[1]}}");
  const RedisReply reply = *client.Run(script, "key", Words{"argument"});
  EXPECT_EQ(reply.elements[0].integer, 1);
  EXPECT_EQ(reply.elements[1].elements[1].text, "argument");
}

TEST(RedisClient, SendsAScriptAgainToARedisThatForgotIt) {
  const auto server = RedisServer::Start().value();
  RedisClient client(OptionsFor(server->url()));
  const RedisScript script("return redis.call('INCR', KEYS[1])");
  EXPECT_EQ(client.Run(script, "n", {})->integer, 1);
  ASSERT_TRUE(client.Command(Words{"SCRIPT", "FLUSH"}).ok());
  EXPECT_EQ(client.Run(script, "n", {})->integer, 2);
}

TEST(RedisClient, ReconnectsAfterARestart) {
  const auto server = RedisServer::Start().value();
  RedisClient client(OptionsFor(server->url()));
  ASSERT_TRUE(client.Command(Words{"PING"}).ok());
  ASSERT_TRUE(server->Restart().ok());
  EXPECT_TRUE(client.Command(Words{"PING"}).ok());
}

TEST(RedisClient, NamesTheAddressOfARedisThatIsNotThere) {
  RedisClient client(OptionsFor("unix:///nowhere/redis.sock"));
  const absl::Status status = client.Command(Words{"PING"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("Redis at unix:///nowhere/redis.sock cannot be reached"));
}

TEST(RedisClient, SaysWhatRedisComplainsOf) {
  const auto server = RedisServer::Start().value();
  RedisClient client(OptionsFor(server->url()));
  const absl::Status status = client.Command(Words{"NOSUCH"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("unknown command"));
}

// If the script were sent twice, the second copy would find the first one running and fail with
// BUSY.
TEST(RedisClient, SendsACallOnceToARedisThatDoesNotAnswerInTime) {
  const auto server = RedisServer::Start({"--lua-time-limit", "1"}).value();
  RedisOptions options = OptionsFor(server->url());
  options.command_timeout = absl::Milliseconds(300);
  RedisClient client(options);
  ASSERT_TRUE(client.Command(Words{"PING"}).ok());
  const absl::Status status = client.Command(Words{"EVAL", "while true do end", "0"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("did not answer within 300ms"));
  EXPECT_TRUE(RedisClient(OptionsFor(server->url())).Command(Words{"SCRIPT", "KILL"}).ok());
}

TEST(RedisClient, SaysThatAClusterIsNotSupported) {
  const auto server = RedisServer::Start().value();
  RedisClient client(OptionsFor(server->url()));
  const std::string moved = "return redis.error_reply('MOVED 3999 127.0.0.1:6381')";
  const absl::Status status = client.Command(Words{"EVAL", moved, "0"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("Redis Cluster is not supported yet; name a single server"));
}

TEST(RedisClient, SaysThatALoginIsWanted) {
  const auto server = RedisServer::Start({"--requirepass", "secret"}).value();
  RedisClient client(OptionsFor(server->url()));
  EXPECT_EQ(client.Command(Words{"PING"}).status().code(), absl::StatusCode::kUnauthenticated);
  RedisOptions options = OptionsFor(server->url());
  options.address.password = "secret";
  EXPECT_TRUE(RedisClient(options).Command(Words{"PING"}).ok());
  options.address.password = "wrong";
  EXPECT_EQ(RedisClient(options).Command(Words{"PING"}).status().code(),
            absl::StatusCode::kUnauthenticated);
}

}  // namespace
}  // namespace hir
