// What the main() of every service shares: flags, logs, metrics, signals, exit codes.
//
//   absl::Status Run(hir::ServiceContext& context) {
//     MyService service(context.registry());
//     HIR_ASSIGN_OR_RETURN(auto server, context.StartServer({{"hir.my.v1.My", &service}}));
//     context.stop().Wait();
//     server->Drain(context.drain_deadline());
//     return absl::OkStatus();
//   }
//   int main(int argc, char** argv) {
//     return hir::ServiceMain(argc, argv, {.name = "hir-my", .summary = "Does.", .run = Run});
//   }
//
// Flags of every service: --listen, --allow-plaintext, --metrics-listen, --health-listen, --probe,
// --tls-cert, --tls-key, --tls-ca, --drain-seconds, --help, --version. A service adds its own with
// ABSL_FLAG in its main.cc.
// Exit codes: 0 ended well (also after SIGTERM), 1 failed, 2 wrong usage or another error that a
// restart does not fix. An error is one sentence on standard error, after "NAME: ".
#ifndef HIR_PROCESS_SERVICE_MAIN_H_
#define HIR_PROCESS_SERVICE_MAIN_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hir/metrics/service_metrics.h"
#include "hir/process/metrics_server.h"
#include "hir/process/stop_signal.h"
#include "hir/rpc/server.h"
#include "prometheus/registry.h"

namespace hir {

// What a service gets from its command line. Lives until the service's Run() returns.
class ServiceContext {
 public:
  // For ServiceMain() and tests.
  ServiceContext(std::string name, ServerOptions server, absl::Duration drain_deadline);

  // Address, TLS and limits from --listen and --tls-*; its `tls` is also for channels to other
  // services.
  const ServerOptions& server_options() const { return server_; }
  const TlsFiles& tls() const { return server_.tls; }
  absl::Duration drain_deadline() const { return drain_deadline_; }
  // Served at /metrics.
  prometheus::Registry& registry() { return *registry_; }
  std::shared_ptr<prometheus::Registry> shared_registry() { return registry_; }
  StopSignal& stop() { return stop_; }

  // Serves `services` on --listen and logs the port. `serving` = false: health stays NOT_SERVING
  // until SetServing(true). The context must outlive the server.
  absl::StatusOr<std::unique_ptr<RpcServer>> StartServer(const std::vector<RpcService>& services,
                                                         bool serving = true);

 private:
  std::string name_;
  ServerOptions server_;
  absl::Duration drain_deadline_;
  std::shared_ptr<prometheus::Registry> registry_;
  RpcMetrics rpc_metrics_;
  StopSignal stop_;
};

// What ServiceMain() needs to know of a service.
struct ServiceProgram {
  std::string name;     // "hir-replay".
  std::string summary;  // One sentence for --help.
  std::function<absl::Status(ServiceContext&)> run;
};

// Runs the program and returns its exit code. INVALID_ARGUMENT, NOT_FOUND and FAILED_PRECONDITION
// from `run` mean that a restart does not help (exit code 2).
int ServiceMain(int argc, char** argv, const ServiceProgram& program);

}  // namespace hir

#endif  // HIR_PROCESS_SERVICE_MAIN_H_
