#include "hir/rpc/call_door.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "grpc/grpc.h"
#include "grpc/grpc_security.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "hir/rpc/status.h"
#include "hir/rpc/wire_format.h"

// gRPC asks an "auth metadata processor" about each call between its headers and its handler, which
// an interceptor could not keep from running.
namespace hir {
namespace {

constexpr absl::string_view kUserAgent = "user-agent";

class CallDoor : public grpc::AuthMetadataProcessor {
 public:
  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext*, OutputMetadata*,
                       OutputMetadata*) override {
    const auto agent = metadata.find(grpc::string_ref(kUserAgent.data(), kUserAgent.size()));
    if (agent == metadata.end()) return grpc::Status::OK;
    return ToGrpc(CheckWireFormat({agent->second.data(), agent->second.size()}));
  }
};

absl::string_view View(const grpc_slice& slice) {
  return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)), GRPC_SLICE_LENGTH(slice)};
}

// CallDoor::Process() as gRPC's C interface has it.
void ProcessPlaintext(void*, grpc_auth_context*, const grpc_metadata* metadata, size_t size,
                      grpc_process_auth_metadata_done_cb done, void* user_data) {
  absl::Status status;
  for (const grpc_metadata& entry : absl::MakeConstSpan(metadata, size)) {
    if (View(entry.key) == kUserAgent) status.Update(CheckWireFormat(View(entry.value)));
  }
  done(user_data, nullptr, 0, nullptr, 0, static_cast<grpc_status_code>(status.code()),
       status.ok() ? nullptr : std::string(status.message()).c_str());
}

class PlaintextCredentials : public grpc::ServerCredentials {
 public:
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    grpc_server_credentials* const plaintext = grpc_insecure_server_credentials_create();
    grpc_server_credentials_set_auth_metadata_processor(plaintext,
                                                        {ProcessPlaintext, nullptr, nullptr});
    const int port = grpc_server_add_http2_port(server, address.c_str(), plaintext);
    grpc_server_credentials_release(plaintext);
    return port;
  }
};

}  // namespace

void CheckCalls(grpc::ServerCredentials& credentials) {
  credentials.SetAuthMetadataProcessor(std::make_shared<CallDoor>());
}

std::shared_ptr<grpc::ServerCredentials> CheckedPlaintextCredentials() {
  return std::make_shared<PlaintextCredentials>();
}

}  // namespace hir
