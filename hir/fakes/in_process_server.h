// Services of a test, without the network.
#ifndef HIR_FAKES_IN_PROCESS_SERVER_H_
#define HIR_FAKES_IN_PROCESS_SERVER_H_

#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"

namespace hir {

// Serves `services`, which outlive it, on one channel.
class InProcessServer {
 public:
  explicit InProcessServer(const std::vector<grpc::Service*>& services) {
    grpc::ServerBuilder builder;
    for (grpc::Service* service : services) builder.RegisterService(service);
    server_ = builder.BuildAndStart();
    channel_ = server_->InProcessChannel({});
  }
  ~InProcessServer() { server_->Shutdown(absl::ToChronoTime(absl::Now())); }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace hir

#endif  // HIR_FAKES_IN_PROCESS_SERVER_H_
