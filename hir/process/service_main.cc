#include "hir/process/service_main.h"

#include <csignal>
#include <exception>
#include <iostream>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "grpc/support/log.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/metrics/build_info.h"
#include "hir/process/flags.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/health.h"
#include "hir/trace/exporter.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:0", "HOST:PORT to serve on; port 0 takes a free one.");
ABSL_FLAG(std::string, metrics_listen, "",
          "HOST:PORT to serve Prometheus metrics on; empty serves none.");
ABSL_FLAG(std::string, tls_cert, "", "PEM certificate of this service.");
ABSL_FLAG(std::string, tls_key, "", "PEM key of the certificate.");
ABSL_FLAG(std::string, tls_ca, "",
          "PEM authority of the other services; on a server it demands client certificates.");
ABSL_FLAG(bool, allow_plaintext, false,
          "Serve on an address that other machines reach without --tls-cert.");
ABSL_FLAG(std::string, health_listen, "",
          "HOST:PORT to serve health alone on, without encryption, for probers that have no "
          "certificate; empty serves it with the rest only.");
ABSL_FLAG(std::string, probe, "",
          "HOST:PORT of a running service: ask its health, with --tls-* as a client, and exit with "
          "0 if it serves, else 1.");
ABSL_FLAG(int, drain_seconds, 20, "How long running calls may go on after SIGTERM.");
ABSL_FLAG(bool, help, false, "Show this text.");
ABSL_FLAG(bool, version, false, "Show the version.");

namespace hir {
namespace {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kForGood = 2;
constexpr absl::Duration kProbeTimeout = absl::Seconds(3);

void LogFromGrpc(gpr_log_func_args* args) {
  if (args->severity < GPR_LOG_SEVERITY_ERROR) return;
  Log(Severity::kDebug, args->message, {{"source", "grpc"}});
}

// Whether the program would fail the same way after a restart.
bool IsForGood(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ||
         absl::IsFailedPrecondition(status);
}

int Fail(const std::string& name, const absl::Status& status) {
  std::cerr << name << ": " << status.message() << std::endl;
  return IsForGood(status) ? kForGood : kFailed;
}

std::string Help(const ServiceProgram& program) {
  return absl::StrCat(
      program.summary, "\n\nUsage: ", program.name, " [--flag VALUE]...\n", FlagsHelp(),
      "\nEnvironment: OTEL_EXPORTER_OTLP_ENDPOINT, a collector of traces; "
      "OTEL_TRACES_SAMPLER_ARG, their share.\n"
      "Exit codes: 0 ended well, also after SIGTERM; 1 failed; 2 wrong usage, or an "
      "error that a restart does not fix.\n");
}

absl::Status Probe(const std::string& address, const TlsFiles& tls) {
  HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(address, tls));
  const absl::Status status = CheckHealth(channel, "", kProbeTimeout);
  if (status.ok()) return status;
  return absl::UnavailableError(absl::StrCat(address, ": ", status.message()));
}

// Null if the environment names no collector.
absl::StatusOr<std::unique_ptr<TraceExporter>> StartTraces(const std::string& name,
                                                           prometheus::Registry& registry) {
  HIR_ASSIGN_OR_RETURN(TraceExporterOptions options,
                       TraceOptionsFromEnvironment(name, BuildVersion()));
  if (options.url.empty()) return nullptr;
  const auto metrics = std::make_shared<TraceMetrics>(registry);
  options.on_batch = [metrics](size_t sent, size_t dropped) {
    metrics->sent.Increment(static_cast<double>(sent));
    metrics->dropped.Increment(static_cast<double>(dropped));
  };
  Log(Severity::kInfo, "traces are sent", {{"url", options.url}, {"ratio", options.ratio}});
  return std::make_unique<TraceExporter>(std::move(options));
}

absl::Status CheckEncrypted(const ServerOptions& options) {
  if (!ReachableFromElsewhere(options.address) || !options.tls.certificate.empty() ||
      absl::GetFlag(FLAGS_allow_plaintext)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--listen ", options.address,
                   " can be reached from other machines; give --tls-cert and --tls-key, or "
                   "--allow-plaintext on a network that you trust."));
}

absl::Status RunProgram(const ServiceProgram& program) {
  const int drain_seconds = absl::GetFlag(FLAGS_drain_seconds);
  if (drain_seconds < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--drain-seconds can't be ", drain_seconds, "; it is 0 or more."));
  }
  ServerOptions options;
  options.address = absl::GetFlag(FLAGS_listen);
  options.tls = {.certificate = absl::GetFlag(FLAGS_tls_cert),
                 .key = absl::GetFlag(FLAGS_tls_key),
                 .ca = absl::GetFlag(FLAGS_tls_ca)};
  options.health_address = absl::GetFlag(FLAGS_health_listen);
  if (const std::string address = absl::GetFlag(FLAGS_probe); !address.empty()) {
    return Probe(address, options.tls);
  }
  HIR_RETURN_IF_ERROR(CheckEncrypted(options));
  ServiceContext context(program.name, options, absl::Seconds(drain_seconds));
  std::unique_ptr<MetricsServer> metrics;
  if (const std::string address = absl::GetFlag(FLAGS_metrics_listen); !address.empty()) {
    HIR_ASSIGN_OR_RETURN(metrics, MetricsServer::Start(address, context.shared_registry()));
    Log(Severity::kInfo, "metrics served", {{"port", metrics->port()}});
  }
  HIR_ASSIGN_OR_RETURN(const std::unique_ptr<TraceExporter> traces,
                       StartTraces(program.name, context.registry()));
  const absl::Status status = program.run(context);
  Log(Severity::kInfo, "stopped", {{"signal", context.stop().signal()}});
  return status;
}

}  // namespace

ServiceContext::ServiceContext(std::string name, ServerOptions server,
                               absl::Duration drain_deadline)
    : name_(std::move(name)),
      server_(std::move(server)),
      drain_deadline_(drain_deadline),
      registry_(std::make_shared<prometheus::Registry>()),
      rpc_metrics_(*registry_) {
  AddBuildInfo(*registry_);
}

absl::StatusOr<std::unique_ptr<RpcServer>> ServiceContext::StartServer(
    const std::vector<RpcService>& services, bool serving) {
  ServerOptions options = server_;
  options.serving = serving;
  HIR_ASSIGN_OR_RETURN(std::unique_ptr<RpcServer> server,
                       RpcServer::Start(options, services, &rpc_metrics_));
  Log(Severity::kInfo, "listening",
      {{"address", options.address},
       {"port", server->port()},
       {"health_port", server->health_port()},
       {"version", BuildVersion()}});
  return server;
}

int ServiceMain(int argc, char** argv, const ServiceProgram& program) {
  InitLog(program.name);
  gpr_set_log_function(LogFromGrpc);
  // A write to a peer that has gone must fail, not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> args(argv + 1, argv + argc);
  const absl::StatusOr<std::vector<std::string>> rest = ParseFlags(args);
  if (!rest.ok()) return Fail(program.name, rest.status());
  if (absl::GetFlag(FLAGS_help)) {
    std::cout << Help(program);
    return kOk;
  }
  if (absl::GetFlag(FLAGS_version)) {
    std::cout << program.name << " " << BuildVersion() << "\n";
    return kOk;
  }
  if (!rest->empty()) {
    return Fail(program.name, absl::InvalidArgumentError(absl::StrCat(
                                  "unexpected argument \"", rest->front(), "\". See --help.")));
  }
  try {
    const absl::Status status = RunProgram(program);
    return status.ok() ? kOk : Fail(program.name, status);
  } catch (const std::exception& error) {
    return Fail(program.name, absl::InternalError(error.what()));
  }
}

}  // namespace hir
