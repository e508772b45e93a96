#include "hir/rpc/call_observer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "grpcpp/support/server_interceptor.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/status.h"
#include "hir/trace/trace.h"

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
    const absl::Time end = absl::Now();
    metrics_.Observe(path_.substr(1, slash - 1), path_.substr(slash + 1),
                     absl::StatusCodeToString(code_), absl::ToDoubleSeconds(end - start_));
    if (!caller_.sampled) return;
    ReportSpan({.name = path_.substr(1),
                .context = NewSpan(caller_),
                .parent = caller_,
                .kind = Span::Kind::kServer,
                .start = start_,
                .end = end,
                .attributes = {{"rpc.system", "grpc"},
                               {"rpc.grpc.status_code", static_cast<int64_t>(code_)}},
                .error = code_ == absl::StatusCode::kOk ? "" : absl::StatusCodeToString(code_)});
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      const auto* const metadata = methods->GetRecvInitialMetadata();
      if (const auto found = metadata->find(kTraceparent); found != metadata->end()) {
        caller_ = ParseTraceparent({found->second.data(), found->second.size()});
      }
    }
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
  SpanContext caller_;  // Empty when the caller sends no trace.
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
