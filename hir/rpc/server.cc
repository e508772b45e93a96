#include "hir/rpc/server.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/server_builder.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/call_observer.h"

namespace hir {
namespace {

// How far a stream may send ahead of what the service has read. Fixed, since gRPC's own estimate
// lets a stream on a fast link buffer 16 MiB; this allows 200 MB/s at a round trip of 10 ms.
constexpr int kStreamWindowBytes = 2 << 20;

// The most calls per connection, and threads for the calls of all connections; further calls wait
// at the caller or are refused with RESOURCE_EXHAUSTED. Each running call except GetBatch takes a
// thread.
constexpr int kMostCallsOfAConnection = 512;
constexpr int kMostThreads = 1024;

// Binds the address and releases it again, since gRPC does not report why it could not bind.
absl::Status CheckAddressFree(const std::string& flag, const std::string& address) {
  if (absl::StartsWith(address, "unix:")) return absl::OkStatus();
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, " can't be \"", address, "\"; write HOST:PORT."));
  }
  std::string host = address.substr(0, colon);
  if (absl::StartsWith(host, "[")) host = host.substr(1, host.size() - 2);
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, " can't be \"", address, "\": the host is unknown."));
  }
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const int error = bind(fd, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
  close(fd);
  freeaddrinfo(found);
  if (error == 0) return absl::OkStatus();
  if (error == EADDRINUSE) {
    return absl::UnavailableError(absl::StrCat("can't listen on ", address, ": port ", port,
                                               " is in use; stop the other program or "
                                               "choose another port with ",
                                               flag, "."));
  }
  return absl::UnavailableError(
      absl::StrCat("can't listen on ", address, ": ", std::system_category().message(error), "."));
}

void Configure(grpc::ServerBuilder& builder, const ServerOptions& options) {
  builder.SetMaxReceiveMessageSize(options.max_message_bytes);
  builder.SetMaxSendMessageSize(options.max_message_bytes);
  builder.SetResourceQuota(grpc::ResourceQuota().SetMaxThreads(kMostThreads));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostCallsOfAConnection);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // HiR's clients ping every 30 s while a call runs; gRPC would close a connection that pings more
  // often than this allows.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kStreamWindowBytes);
}

}  // namespace

bool ReachableFromElsewhere(const std::string& address) {
  if (address.find(':') == std::string::npos) return false;  // Not an address; Start() reports it.
  for (const char* own : {"unix:", "127.", "localhost:", "[::1]:"}) {
    if (absl::StartsWith(address, own)) return false;
  }
  return true;
}

RpcServer::RpcServer(const std::vector<RpcService>& services) {
  names_.emplace_back();
  for (const RpcService& service : services) names_.push_back(service.name);
}

RpcServer::~RpcServer() { Drain(absl::Seconds(5)); }

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(const ServerOptions& options,
                                                            const std::vector<RpcService>& services,
                                                            RpcMetrics* metrics) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<RpcServer> server(new RpcServer(services));
  HIR_RETURN_IF_ERROR(server->Listen(options, services, metrics));
  if (!options.tls.certificate.empty()) {
    server->certificate_ = std::make_unique<CertificateWatch>(
        options.tls,
        [](Severity severity, const std::string& sentence) { Log(severity, sentence); });
  }
  if (!options.health_address.empty()) {
    HIR_RETURN_IF_ERROR(server->ListenForProbes(options.health_address));
  }
  server->SetServing(options.serving);
  return server;
}

absl::Status RpcServer::Listen(const ServerOptions& options,
                               const std::vector<RpcService>& services, RpcMetrics* metrics) {
  HIR_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials,
                       MakeServerCredentials(options.tls));
  HIR_RETURN_IF_ERROR(CheckAddressFree("--listen", options.address));
  grpc::ServerBuilder builder;
  Configure(builder, options);
  builder.AddListeningPort(options.address, credentials, &port_);
  for (const RpcService& service : services) builder.RegisterService(service.service);
  if (metrics != nullptr) ObserveCalls(builder, *metrics);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("can't serve on ", options.address,
                     ": the port is taken or the TLS files do not fit together."));
  }
  if (absl::StartsWith(options.address, "unix:")) port_ = 0;
  return absl::OkStatus();
}

absl::Status RpcServer::ListenForProbes(const std::string& address) {
  HIR_RETURN_IF_ERROR(CheckAddressFree("--health-listen", address));
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &health_port_);
  health_server_ = builder.BuildAndStart();
  if (health_server_ != nullptr) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("can't serve health on ", address, ": the port is taken."));
}

void RpcServer::SetServing(bool serving) {
  for (grpc::Server* server : {server_.get(), health_server_.get()}) {
    if (server == nullptr) continue;
    grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
    for (const std::string& name : names_) health->SetServingStatus(name, serving);
  }
}

void RpcServer::Drain(absl::Duration deadline) {
  SetServing(false);
  const auto end = std::chrono::system_clock::now() + absl::ToChronoNanoseconds(deadline);
  if (server_ != nullptr) server_->Shutdown(end);
  // Last, so that probers see NOT_SERVING and not a dead port while calls end.
  if (health_server_ != nullptr) health_server_->Shutdown(end);
}

}  // namespace hir
