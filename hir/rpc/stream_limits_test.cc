#include "hir/rpc/stream_limits.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/server.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"

namespace hir {
namespace {

using verifier::v1::Verifier;
using verifier::v1::VerifyStreamRequest;
using verifier::v1::VerifyStreamResponse;

// Writes until a write fails.
class FloodingVerifier : public Verifier::Service {
 public:
  grpc::Status VerifyStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<VerifyStreamResponse, VerifyStreamRequest>* stream) override {
    WriteDeadline writes(*context, absl::Milliseconds(50));
    VerifyStreamResponse message;
    message.mutable_ack()->set_refused(std::string(1 << 20, 'x'));
    while (writes.Write(*stream, message)) {
    }
    ended.Notify();
    return grpc::Status::OK;
  }

  absl::Notification ended;
};

TEST(WriteDeadline, EndsACallWhoseCallerReadsNothing) {
  FloodingVerifier verifier;
  const auto server = RpcServer::Start({}, {{Verifier::service_full_name(), &verifier}});
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub = Verifier::NewStub(*MakeChannel(absl::StrCat("127.0.0.1:", (*server)->port())));
  grpc::ClientContext context;
  PrepareCall(context, absl::Seconds(60));
  const auto stream = stub->VerifyStream(&context);
  verifier.ended.WaitForNotification();
  VerifyStreamResponse message;
  while (stream->Read(&message)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace hir
