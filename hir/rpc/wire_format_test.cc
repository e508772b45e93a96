#include "hir/rpc/wire_format.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/health.h"
#include "hir/rpc/server.h"
#include "hir/rpc/status.h"
#include "hir/rpc/test_verifier.h"

namespace hir {
namespace {

using ::testing::HasSubstr;
using verifier::v1::Verifier;

class WireFormat : public testing::Test {
 protected:
  WireFormat() {
    auto server = RpcServer::Start({}, {{Verifier::service_full_name(), &verifier_}});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::string Address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

  // What a program gets whose calls begin their user agent with `product`; nothing: gRPC's alone.
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& product) const {
    grpc::ChannelArguments arguments;
    if (!product.empty()) arguments.SetUserAgentPrefix(product);
    return grpc::CreateCustomChannel(Address(), grpc::InsecureChannelCredentials(), arguments);
  }

  template <typename Request, typename Response>
  static absl::Status Call(const std::shared_ptr<grpc::Channel>& channel,
                           grpc::Status (Verifier::Stub::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*)) {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(20));
    Response response;
    return FromGrpc((Verifier::NewStub(channel).get()->*method)(&context, {}, &response));
  }

  TestVerifier verifier_;
  std::unique_ptr<RpcServer> server_;
};

TEST_F(WireFormat, OurOwnChannelsNameTheNumberThatOurServersTake) {
  EXPECT_EQ(Call(*MakeChannel(Address()), &Verifier::Stub::ListCheckers), absl::OkStatus());
}

TEST_F(WireFormat, ACallerThatNamesNoneIsTaken) {
  EXPECT_EQ(Call(ChannelOf(""), &Verifier::Stub::ListCheckers), absl::OkStatus());
  EXPECT_EQ(Call(ChannelOf("someones-trainer/0.3"), &Verifier::Stub::ListCheckers),
            absl::OkStatus());
}

TEST_F(WireFormat, AnOlderOneIsRefusedByItsNumberAndRunsNoHandler) {
  const absl::Status status = Call(ChannelOf("hir-wire/0"), &Verifier::Stub::Verify);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("the caller speaks wire format 0"));
  EXPECT_THAT(status.message(), HasSubstr("speaks format 1"));
  EXPECT_THAT(status.message(), HasSubstr("the same version of HiR"));
  EXPECT_FALSE(verifier_.entered.HasBeenNotified());
}

TEST_F(WireFormat, ANewerOneIsRefusedByItsNumber) {
  const absl::Status status = Call(ChannelOf("hir-wire/12"), &Verifier::Stub::Verify);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("the caller speaks wire format 12"));
}

TEST_F(WireFormat, StreamsAreRefusedToo) {
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(20));
  const auto stub = Verifier::NewStub(ChannelOf("hir-wire/0"));
  const auto stream = stub->VerifyStream(&context);
  verifier::v1::VerifyStreamResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const absl::Status status = FromGrpc(stream->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("wire format 0"));
}

TEST_F(WireFormat, AHealthCheckSaysTheNumberToo) {
  EXPECT_EQ(CheckHealth(ChannelOf(""), "", absl::Seconds(20)), absl::OkStatus());
  EXPECT_THAT(CheckHealth(ChannelOf("hir-wire/2"), "", absl::Seconds(20)).message(),
              HasSubstr("wire format 2"));
}

TEST_F(WireFormat, WhatIsNotANumberIsRefusedAsItIsWritten) {
  EXPECT_THAT(CheckWireFormat("hir-wire/1.5 grpc-c++/1.51.1").message(),
              HasSubstr("wire format 1.5 but"));
}

}  // namespace
}  // namespace hir
