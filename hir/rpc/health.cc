#include "hir/rpc/health.h"

#include <condition_variable>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/wrappers.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

// HealthCheckRequest is one string in field 1 and HealthCheckResponse one enum in field 1, which is
// how these well-known wrappers look on the wire; gRPC keeps its own messages to itself.
using HealthRequest = google::protobuf::StringValue;
using HealthResponse = google::protobuf::Int32Value;
constexpr int kServing = 1;

}  // namespace

absl::Status CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service,
                         absl::Duration timeout) {
  grpc::TemplatedGenericStub<HealthRequest, HealthResponse> stub(channel);
  grpc::ClientContext context;
  PrepareCall(context, timeout);
  HealthRequest request;
  request.set_value(service);
  HealthResponse response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request, &response,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  if (!status.ok()) return FromGrpc(status);
  if (response.value() == kServing) return absl::OkStatus();
  return absl::UnavailableError("it is not serving yet");
}

}  // namespace hir
