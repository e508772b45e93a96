#include "hir/rpc/tls.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/server.h"
#include "hir/rpc/status.h"
#include "hir/rpc/test_verifier.h"

namespace hir {
namespace {

using ::testing::HasSubstr;
using verifier::v1::Verifier;

// An authority, a certificate of the server and one of a client, made once by openssl.
class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    char name[] = "/tmp/hir_tls_XXXXXX";
    folder_ = mkdtemp(name);
    ASSERT_TRUE(WriteFileAtomically(Path("ext"), "subjectAltName=IP:127.0.0.1").ok());
    MakeAuthority("ca");
    MakeAuthority("stranger");
    Issue("server");
    Issue("client");
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static std::string Path(const std::string& name) { return absl::StrCat(folder_, "/", name); }
  static void Run(const std::string& arguments) {
    const std::string command = absl::StrCat("cd ", folder_, " && openssl ", arguments, " 2>err");
    ASSERT_EQ(system(command.c_str()), 0) << command;
  }
  static void MakeAuthority(const std::string& name) {
    Run(absl::StrCat("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=", name, " -keyout ",
                     name, ".key -out ", name, ".pem"));
  }
  static void Issue(const std::string& name) {
    Run(absl::StrCat("req -newkey rsa:2048 -nodes -subj /CN=", name, " -keyout ", name,
                     ".key -out ", name, ".csr"));
    Run(absl::StrCat("x509 -req -in ", name,
                     ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out ",
                     name, ".pem"));
  }

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

  static std::string folder_;
};

std::string TlsTest::folder_;

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
