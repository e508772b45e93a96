#include "hir/rpc/server.h"

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "hir/base/clock.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/health.h"
#include "hir/rpc/status.h"
#include "hir/rpc/test_verifier.h"
#include "hir/testing/fake_web_server.h"
#include "hir/trace/exporter.h"
#include "hir/trace/trace.h"
#include "prometheus/text_serializer.h"

namespace hir {
namespace {

using ::testing::HasSubstr;
using verifier::v1::Verifier;

class RpcServerTest : public ::testing::Test {
 protected:
  void StartServer(ServerOptions options = {}, RpcMetrics* metrics = nullptr) {
    auto server = RpcServer::Start(options, {{Verifier::service_full_name(), &verifier_}}, metrics);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = *MakeChannel(Address());
    stub_ = Verifier::NewStub(channel_);
  }
  std::string Address() const { return absl::StrCat("127.0.0.1:", server_->port()); }
  absl::Status ListCheckers() {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(10));
    verifier::v1::ListCheckersResponse response;
    return FromGrpc(stub_->ListCheckers(&context, {}, &response));
  }
  absl::Status Verify() {
    grpc::ClientContext context;
    PrepareCall(context, absl::Seconds(10));
    verifier::v1::VerifyResponse response;
    return FromGrpc(stub_->Verify(&context, {}, &response));
  }

  TestVerifier verifier_;
  std::unique_ptr<RpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Verifier::Stub> stub_;
};

TEST_F(RpcServerTest, ServesOnAFreePort) {
  StartServer();
  EXPECT_GT(server_->port(), 0);
  EXPECT_TRUE(ListCheckers().ok());
}

TEST_F(RpcServerTest, NamesTheBusyPort) {
  StartServer();
  const auto second = RpcServer::Start({.address = Address()}, {});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(absl::StrCat("port ", server_->port(), " is in use")));
}

TEST_F(RpcServerTest, RefusesWhatIsNoAddress) {
  for (const char* address : {"nine", "127.0.0.1:x", "127.0.0.1:70000"}) {
    EXPECT_EQ(RpcServer::Start({.address = address}, {}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
}

TEST_F(RpcServerTest, ServesHealthForTheServiceAndTheServer) {
  StartServer();
  EXPECT_TRUE(CheckHealth(channel_, "", absl::Seconds(5)).ok());
  EXPECT_TRUE(CheckHealth(channel_, Verifier::service_full_name(), absl::Seconds(5)).ok());
  EXPECT_EQ(CheckHealth(channel_, "no.Such", absl::Seconds(5)).code(), absl::StatusCode::kNotFound);
}

TEST_F(RpcServerTest, IsNotServingUntilToldSo) {
  StartServer({.serving = false});
  EXPECT_EQ(CheckHealth(channel_, Verifier::service_full_name(), absl::Seconds(5)).code(),
            absl::StatusCode::kUnavailable);
  server_->SetServing(true);
  EXPECT_TRUE(CheckHealth(channel_, Verifier::service_full_name(), absl::Seconds(5)).ok());
}

TEST_F(RpcServerTest, DrainLetsARunningCallEnd) {
  StartServer();
  absl::Status result;
  std::thread caller([&] { result = Verify(); });
  verifier_.entered.WaitForNotification();
  std::thread drainer([&] { server_->Drain(absl::Seconds(10)); });
  verifier_.release.Notify();
  drainer.join();
  caller.join();
  EXPECT_TRUE(result.ok()) << result;
  EXPECT_EQ(ListCheckers().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RpcServerTest, DrainCutsACallAtItsDeadline) {
  StartServer();
  absl::Status result;
  std::thread caller([&] {
    result = Verify();
    verifier_.release.Notify();
  });
  verifier_.entered.WaitForNotification();
  server_->Drain(absl::Milliseconds(50));
  caller.join();
  EXPECT_FALSE(result.ok());
}

TEST_F(RpcServerTest, CountsAndTimesCallsByCode) {
  prometheus::Registry registry;
  RpcMetrics metrics(registry);
  StartServer({}, &metrics);
  ASSERT_TRUE(ListCheckers().ok());
  server_->Drain(absl::Seconds(5));
  const std::string text = prometheus::TextSerializer().Serialize(registry.Collect());
  EXPECT_THAT(text, HasSubstr("grpc_server_handled_total{grpc_code=\"OK\",grpc_method="
                              "\"ListCheckers\",grpc_service=\"hir.verifier.v1.Verifier\"} 1"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handling_seconds_count{grpc_method=\"ListCheckers\""));
}

TEST_F(RpcServerTest, ACallWithATraceIsASpanBelowItsCaller) {
  FakeWebServer collector(FakeWebServer::Http(200, "{}"));
  TraceExporter exporter({.url = collector.url(), .service = "test"});
  prometheus::Registry registry;
  RpcMetrics metrics(registry);
  StartServer({}, &metrics);
  ASSERT_TRUE(ListCheckers().ok());
  {
    const TraceScope caller({"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true});
    ASSERT_TRUE(ListCheckers().ok());
  }
  server_->Drain(absl::Seconds(5));
  RealClock clock;
  while (collector.requests().empty()) clock.Sleep(absl::Milliseconds(10));
  const std::string body = collector.requests()[0];
  EXPECT_THAT(body, HasSubstr(R"("name":"hir.verifier.v1.Verifier/ListCheckers")"));
  EXPECT_THAT(body, HasSubstr(R"("parentSpanId":"00f067aa0ba902b7")"));
  EXPECT_EQ(body.find("ListCheckers"), body.rfind("ListCheckers"));
}

TEST_F(RpcServerTest, ServesReflection) {
  StartServer();
  // ServerReflectionRequest{list_services: "*"}, field 7, as bytes: the response names the service.
  const grpc::Slice slice(std::string("\x3a\x01*"));
  grpc::ByteBuffer request(&slice, 1);
  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(10));
  grpc::CompletionQueue queue;
  auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  void* tag = nullptr;
  bool ok = false;
  call->StartCall(&tag);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  call->Write(request, &tag);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::ByteBuffer response;
  call->Read(&response, &tag);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::Slice answer;
  ASSERT_TRUE(response.DumpToSingleSlice(&answer).ok());
  EXPECT_THAT(std::string(answer.begin(), answer.end()), HasSubstr("hir.verifier.v1.Verifier"));
}

}  // namespace
}  // namespace hir
