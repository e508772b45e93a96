#include "hir/rpc/tls.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "hir/base/clock.h"
#include "hir/rpc/certificate_watch.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/health.h"
#include "hir/rpc/server.h"
#include "hir/rpc/status.h"
#include "hir/rpc/test_verifier.h"
#include "hir/testing/test_certificates.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
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
    PrepareCall(context, absl::Seconds(20));
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

TEST_F(TlsTest, ACallOfAnotherWireFormatIsRefusedByItsNumber) {
  TestVerifier verifier;
  const auto server =
      RpcServer::Start({.tls = Files("server", "")}, {{Verifier::service_full_name(), &verifier}});
  ASSERT_TRUE(server.ok()) << server.status();
  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix("hir-wire/0");
  const auto channel =
      grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", (*server)->port()),
                                *MakeChannelCredentials(Files("", "ca")), arguments);
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(20));
  verifier::v1::VerifyResponse response;
  const absl::Status status = FromGrpc(Verifier::NewStub(channel)->Verify(&context, {}, &response));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the caller speaks wire format 0"));
  EXPECT_FALSE(verifier.entered.HasBeenNotified());
}

TEST_F(TlsTest, KeyOfAnotherCertificateIsRefused) {
  TlsFiles files = Files("server", "");
  files.key = Path("client.key");
  EXPECT_THAT(std::string(MakeServerCredentials(files).status().message()),
              AllOf(HasSubstr("client.key"), HasSubstr("is not the key of")));
  EXPECT_FALSE(MakeChannelCredentials(files).ok());
}

TEST_F(TlsTest, ReplacedFilesAreTakenWithoutARestart) {
  // The server starts with a certificate of an authority that the client does not trust.
  const std::string folder = Path("turned");
  const auto point_to = [&](const std::string& name) {
    std::filesystem::create_directories(folder + "/" + name);
    for (const char* end : {".pem", ".key"}) {
      std::filesystem::copy_file(Path(name + end), folder + "/" + name + "/tls" + end);
    }
    std::filesystem::create_directory_symlink(name, folder + "/next");
    std::filesystem::rename(folder + "/next", folder + "/current");
  };
  point_to("stranger");
  TestVerifier verifier;
  const auto server = RpcServer::Start({.tls = {.certificate = folder + "/current/tls.pem",
                                                .key = folder + "/current/tls.key",
                                                .reload_seconds = 1}},
                                       {{Verifier::service_full_name(), &verifier}});
  ASSERT_TRUE(server.ok()) << server.status();
  const auto channel = *MakeChannel(absl::StrCat("127.0.0.1:", (*server)->port()), Files("", "ca"));
  EXPECT_EQ(CheckHealth(channel, "", absl::Seconds(5)).code(), absl::StatusCode::kUnavailable);
  point_to("server");
  RealClock clock;
  absl::Status status;
  for (const absl::Time end = clock.Now() + absl::Seconds(60); clock.Now() < end;) {
    status = CheckHealth(channel, "", absl::Seconds(1));
    if (status.ok()) break;
    clock.Sleep(absl::Milliseconds(100));
  }
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TlsTest, ProberWithoutCertificateSeesHealthAndNothingElse) {
  TestVerifier verifier;
  TlsFiles files = Files("server", "ca");
  const auto server = RpcServer::Start({.tls = files, .health_address = "127.0.0.1:0"},
                                       {{Verifier::service_full_name(), &verifier}});
  ASSERT_TRUE(server.ok()) << server.status();
  const auto channel = *MakeChannel(absl::StrCat("127.0.0.1:", (*server)->health_port()));
  EXPECT_TRUE(CheckHealth(channel, Verifier::service_full_name(), absl::Seconds(20)).ok());
  (*server)->SetServing(false);
  EXPECT_EQ(CheckHealth(channel, Verifier::service_full_name(), absl::Seconds(20)).code(),
            absl::StatusCode::kUnavailable);
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(20));
  verifier::v1::ListCheckersResponse response;
  EXPECT_EQ(FromGrpc(Verifier::NewStub(channel)->ListCheckers(&context, {}, &response)).code(),
            absl::StatusCode::kUnimplemented);
}

TEST_F(TlsTest, AnExpiredCertificateIsRefusedWithItsFileAndDate) {
  for (const absl::Status& status : {MakeServerCredentials(Files("expired", "")).status(),
                                     MakeChannelCredentials(Files("expired", "ca")).status(),
                                     MakeChannelCredentials(Files("", "expired")).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("expired.pem"), HasSubstr("expired at 20")));
  }
}

TEST_F(TlsTest, ACertificateOfTomorrowIsRefused) {
  const TlsFiles files = Files("server", "ca");
  EXPECT_TRUE(CheckDates(files, absl::Now()).ok());
  EXPECT_THAT(std::string(CheckDates(files, absl::Now() - absl::Hours(1)).message()),
              AllOf(HasSubstr("server.pem"), HasSubstr("is not valid before 20")));
}

TEST_F(TlsTest, ACertificateThatEndsWithinTwoWeeksIsWarnedOf) {
  EXPECT_THAT(ExpiryWarning(Files("server", "ca"), absl::Now()),
              AllOf(HasSubstr("server.pem"), HasSubstr("expires at 20")));
  EXPECT_EQ(ExpiryWarning(Files("server", "ca"), absl::Now() - absl::Hours(13 * 24)), "");
}

TEST_F(TlsTest, AnExpiredCertificateThatReplacesAValidOneIsReported) {
  const std::string folder = Path("replaced");
  std::filesystem::create_directories(folder);
  const TlsFiles files = {
      .certificate = folder + "/tls.pem", .key = folder + "/tls.key", .reload_seconds = 1};
  const auto put = [&](const std::string& name) {
    for (const char* end : {".pem", ".key"}) {
      std::filesystem::copy_file(Path(name + end), folder + "/next");
      std::filesystem::rename(folder + "/next", folder + "/tls" + end);
    }
  };
  put("server");
  absl::Notification reported;
  std::vector<Severity> severities;
  const CertificateWatch watch(files, [&](Severity severity, const std::string&) {
    severities.push_back(severity);
    if (severity == Severity::kError) reported.Notify();
  });
  put("expired");
  reported.WaitForNotification();
  EXPECT_THAT(severities, ElementsAre(Severity::kWarning, Severity::kError));
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
