#include "hir/metrics/metrics_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <exception>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "prometheus/exposer.h"
#include "prometheus/gauge.h"

namespace hir {
namespace {

// Connects to a port of this machine and hangs up.
void Call(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  close(fd);
}

}  // namespace

MetricsServer::MetricsServer(std::shared_ptr<prometheus::Registry> registry,
                             std::unique_ptr<prometheus::Exposer> exposer, int port)
    : registry_(std::move(registry)), exposer_(std::move(exposer)), port_(port) {}

MetricsServer::~MetricsServer() {
  absl::Notification stopped;
  std::thread stopping([&] {
    exposer_.reset();
    stopped.Notify();
  });
  // The embedded web server looks whether it shall end every two seconds, or when someone calls.
  do {
    Call(port_);
  } while (!stopped.WaitForNotificationWithTimeout(absl::Milliseconds(20)));
  stopping.join();
}

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& address, std::shared_ptr<prometheus::Registry> registry) {
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("metrics address \"", address, "\" is not HOST:PORT."));
  }
  // The embedded web server knows no names, and takes a bare port as "every interface".
  std::string bound =
      absl::StartsWith(address, "localhost:") ? absl::StrCat("127.0.0.1:", port) : address;
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(bound, 1);
    exposer->RegisterCollectable(registry);
    const int chosen = exposer->GetListeningPorts().at(0);
    return std::unique_ptr<MetricsServer>(
        new MetricsServer(std::move(registry), std::move(exposer), chosen));
  } catch (const std::exception&) {
    return absl::UnavailableError(
        absl::StrCat("can't serve metrics on ", address,
                     ": the port is in use or not allowed; choose another "
                     "with --metrics-listen."));
  }
}

void AddBuildInfo(prometheus::Registry& registry) {
  prometheus::BuildGauge()
      .Name("hir_build_info")
      .Help("Always 1; the labels name the build.")
      .Register(registry)
      .Add({{"version", HIR_VERSION}, {"commit", HIR_COMMIT}})
      .Set(1);
}

const char* BuildVersion() { return HIR_VERSION; }

}  // namespace hir
