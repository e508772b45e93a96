#include "hir/rpc/call_observer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "grpcpp/support/server_interceptor.h"
#include "hir/rpc/status.h"

namespace hir {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerInterceptorFactoryInterface;
using grpc::experimental::ServerRpcInfo;

// Lives as long as its call.
class CallObserver : public Interceptor {
 public:
  CallObserver(std::string path, RpcMetrics& metrics)
      : path_(std::move(path)), metrics_(metrics), start_(absl::Now()) {}

  ~CallObserver() override {
    // "/package.Service/Method"
    const size_t slash = path_.rfind('/');
    metrics_.Observe(path_.substr(1, slash - 1), path_.substr(slash + 1),
                     absl::StatusCodeToString(code_), absl::ToDoubleSeconds(absl::Now() - start_));
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      code_ = FromGrpc(methods->GetSendStatus()).code();
    }
    methods->Proceed();
  }

 private:
  const std::string path_;
  RpcMetrics& metrics_;
  const absl::Time start_;
  absl::StatusCode code_ = absl::StatusCode::kCancelled;
};

class CallObserverFactory : public ServerInterceptorFactoryInterface {
 public:
  explicit CallObserverFactory(RpcMetrics& metrics) : metrics_(metrics) {}
  Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    return new CallObserver(info->method(), metrics_);  // gRPC owns it.
  }

 private:
  RpcMetrics& metrics_;
};

}  // namespace

void ObserveCalls(grpc::ServerBuilder& builder, RpcMetrics& metrics) {
  std::vector<std::unique_ptr<ServerInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<CallObserverFactory>(metrics));
  builder.experimental().SetInterceptorCreators(std::move(factories));
}

}  // namespace hir
