#include "hir/metrics/metrics_server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "prometheus/exposer.h"

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

using AddressInfo = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

// Null: `host` is no numeric address.
AddressInfo NumericAddress(std::string_view host, int port) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                          .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(std::string(host).c_str(), std::to_string(port).c_str(), &hints, &found);
  return AddressInfo(error == 0 ? found : nullptr, &freeaddrinfo);
}

// Why nothing can listen there: the embedded web server does not say.
std::string ListenProblem(const addrinfo& address) {
  const int fd = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool ok =
      fd >= 0 && bind(fd, address.ai_addr, address.ai_addrlen) == 0 && listen(fd, 1) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  return ok ? "the web server did not start" : std::system_category().message(error);
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
  // The embedded web server knows no names.
  const std::string host = address.substr(0, colon);
  const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
  const AddressInfo resolved = NumericAddress(numeric, port);
  if (resolved == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("metrics address \"", address, "\": the host \"", host,
                     "\" is neither localhost nor a numeric address, such as 0.0.0.0."));
  }
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(absl::StrCat(numeric, ":", port), 1);
    exposer->RegisterCollectable(registry);
    const int chosen = exposer->GetListeningPorts().at(0);
    return std::unique_ptr<MetricsServer>(
        new MetricsServer(std::move(registry), std::move(exposer), chosen));
  } catch (const std::exception&) {
    return absl::UnavailableError(absl::StrCat("can't serve metrics on ", address, ": ",
                                               ListenProblem(*resolved),
                                               "; choose another address with --metrics-listen."));
  }
}

}  // namespace hir
