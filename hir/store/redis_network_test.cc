// Redis over TCP, with a password and with TLS, as services of a cluster use it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/store/redis_client.h"
#include "hir/testing/free_local_address.h"
#include "hir/testing/redis_server.h"
#include "hir/testing/test_certificates.h"

namespace hir {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

std::string PortOf(const std::string& address) { return address.substr(address.rfind(':') + 1); }

absl::Status Ping(const RedisOptions& options) {
  return RedisClient(options).Command(Words{"PING"}).status();
}

struct Served {
  std::string address;
  std::unique_ptr<RedisServer> server;
};

// Starts a server on a free TCP port, passed by `port_option`. Tries another port if the first one
// is taken in the meantime.
Served Serve(const std::string& port_option, const std::vector<std::string>& options) {
  absl::Status last;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const std::string address = FreeLocalAddress();
    std::vector<std::string> all = {port_option, PortOf(address)};
    all.insert(all.end(), options.begin(), options.end());
    auto server = RedisServer::Start(all);
    if (server.ok()) return {address, *std::move(server)};
    last = server.status();
  }
  ADD_FAILURE() << last;
  return {};
}

TEST(RedisNetwork, TakesThePasswordAndTheDatabaseOfTheUrl) {
  const auto [address, server] = Serve("--port", {"--requirepass", "se:cret"});
  ASSERT_NE(server, nullptr);
  const auto client = [&address = address](const std::string& before, const std::string& after) {
    const std::string url = absl::StrCat("redis://", before, address, after);
    return RedisClient({.address = ParseRedisUrl(url).value()});
  };
  ASSERT_TRUE(client(":se%3Acret@", "/3").Command(Words{"SET", "k", "three"}).ok());
  EXPECT_EQ(client(":se%3Acret@", "/3").Command(Words{"GET", "k"})->text, "three");
  EXPECT_EQ(client(":se%3Acret@", "").Command(Words{"GET", "k"})->kind, RedisReply::Kind::kNil);
  EXPECT_EQ(client(":wrong@", "").Command(Words{"PING"}).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(client("", "").Command(Words{"PING"}).status().code(),
            absl::StatusCode::kUnauthenticated);
}

class RedisTlsTest : public ::testing::Test {
 protected:
  // A server that only speaks TLS; `clients`: "yes" when it demands certificates.
  void ServeTls(const std::string& clients) {
    served_ =
        Serve("--tls-port", {"--tls-cert-file", certificates_->Path("server.pem"), "--tls-key-file",
                             certificates_->Path("server.key"), "--tls-ca-cert-file",
                             certificates_->Path("ca.pem"), "--tls-auth-clients", clients});
    ASSERT_NE(served_.server, nullptr);
  }
  RedisOptions Options(const std::string& scheme, const std::string& authority) const {
    return {.address = ParseRedisUrl(absl::StrCat(scheme, "://", served_.address)).value(),
            .tls_ca_file = certificates_->Path(authority)};
  }

  const std::unique_ptr<TestCertificates> certificates_ = TestCertificates::Make().value();
  Served served_;
};

TEST_F(RedisTlsTest, TrustsTheGivenAuthorityOnly) {
  ServeTls("no");
  EXPECT_EQ(Ping(Options("rediss", "ca.pem")), absl::OkStatus());
  const absl::Status stranger = Ping(Options("rediss", "stranger.pem"));
  EXPECT_EQ(stranger.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(stranger.message()), HasSubstr("rediss://127.0.0.1"));
  EXPECT_EQ(Ping(Options("redis", "ca.pem")).code(), absl::StatusCode::kUnavailable);
}

TEST_F(RedisTlsTest, RefusesAPipeAsACertificateWithoutWaiting) {
  ServeTls("no");
  ASSERT_EQ(mkfifo(certificates_->Path("pipe.pem").c_str(), 0600), 0);
  const absl::Status status = Ping(Options("rediss", "pipe.pem"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("pipe.pem is a FIFO"));
}

TEST_F(RedisTlsTest, ShowsItsOwnCertificate) {
  ServeTls("yes");
  RedisOptions options = Options("rediss", "ca.pem");
  EXPECT_EQ(Ping(options).code(), absl::StatusCode::kUnavailable);
  options.tls_certificate_file = certificates_->Path("client.pem");
  options.tls_key_file = certificates_->Path("client.key");
  EXPECT_EQ(Ping(options), absl::OkStatus());
}

}  // namespace
}  // namespace hir
