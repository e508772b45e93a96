#include "hir/rpc/tls.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/server.h"
#include "hir/rpc/status.h"
#include "hir/rpc/test_verifier.h"
#include "hir/testing/test_certificates.h"

namespace hir {
namespace {

using ::testing::HasSubstr;
using verifier::v1::Verifier;

class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto made = TestCertificates::Make();
    ASSERT_TRUE(made.ok()) << made.status();
    certificates_ = *std::move(made);
  }
  static void TearDownTestSuite() { certificates_ = nullptr; }

  static std::string Path(const std::string& name) { return certificates_->Path(name); }

  absl::Status Call(const TlsFiles& server_files, const TlsFiles& client_files) {
    TestVerifier verifier;
    auto server =
        RpcServer::Start({.tls = server_files}, {{Verifier::service_full_name(), &verifier}});
    if (!server.ok()) return server.status();
    auto channel = MakeChannel(absl::StrCat("127.0.0.1:", (*server)->port()), client_files);
    if (!channel.ok()) return channel.status();
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(20));
    verifier::v1::ListCheckersResponse response;
    return FromGrpc(Verifier::NewStub(*channel)->ListCheckers(&context, {}, &response));
  }
  TlsFiles Files(const std::string& name, const std::string& ca) {
    return {.certificate = name.empty() ? "" : Path(name + ".pem"),
            .key = name.empty() ? "" : Path(name + ".key"),
            .ca = ca.empty() ? "" : Path(ca + ".pem")};
  }

  static std::unique_ptr<TestCertificates> certificates_;
};

std::unique_ptr<TestCertificates> TlsTest::certificates_;

TEST_F(TlsTest, ServerCertificateIsEnoughForTls) {
  const absl::Status status = Call(Files("server", ""), Files("", "ca"));
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TlsTest, MutualTlsTakesAClientOfTheAuthority) {
  const absl::Status status = Call(Files("server", "ca"), Files("client", "ca"));
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TlsTest, MutualTlsRefusesAClientWithoutCertificate) {
  EXPECT_EQ(Call(Files("server", "ca"), Files("", "ca")).code(), absl::StatusCode::kUnavailable);
}

TEST_F(TlsTest, ClientRefusesAServerOfAnotherAuthority) {
  EXPECT_EQ(Call(Files("server", ""), Files("", "stranger")).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(TlsTest, PlainClientIsRefused) {
  EXPECT_EQ(Call(Files("server", ""), {}).code(), absl::StatusCode::kUnavailable);
}

TEST_F(TlsTest, CertificateWithoutKeyIsRefused) {
  const TlsFiles files = {.certificate = Path("server.pem")};
  EXPECT_THAT(std::string(MakeServerCredentials(files).status().message()), HasSubstr("--tls-key"));
  EXPECT_FALSE(MakeChannelCredentials(files).ok());
}

TEST_F(TlsTest, MissingFileIsNamed) {
  const auto credentials = MakeChannelCredentials({.ca = Path("nothing.pem")});
  EXPECT_THAT(std::string(credentials.status().message()), HasSubstr("nothing.pem"));
}

TEST_F(TlsTest, FileThatIsNoPemIsNamed) {
  const auto credentials = MakeChannelCredentials({.ca = Path("ext")});
  EXPECT_THAT(std::string(credentials.status().message()), HasSubstr("is not a PEM file"));
}

}  // namespace
}  // namespace hir
