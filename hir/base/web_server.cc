#include "hir/base/web_server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "civetweb.h"
#include "hir/base/status_macros.h"

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

// Null: the host of HOST:PORT is no numeric address.
AddressInfo Resolve(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string_view host = std::string_view(address).substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                          .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(std::string(host).c_str(), address.substr(colon + 1).c_str(), &hints, &found);
  return AddressInfo(error == 0 ? found : nullptr, &freeaddrinfo);
}

}  // namespace

absl::StatusOr<std::string> WebServerAddress(const std::string& what, const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port < 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(what, " \"", address, "\" is not HOST:PORT."));
  }
  const std::string host = address.substr(0, colon);
  std::string numeric = absl::StrCat(host == "localhost" ? "127.0.0.1" : host, ":", port);
  if (Resolve(numeric) == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " \"", address, "\": the host \"", host,
                     "\" is neither localhost nor a numeric address, such as 0.0.0.0."));
  }
  return numeric;
}

std::string ListenProblem(const std::string& address) {
  const AddressInfo info = Resolve(address);
  const int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool ok = fd >= 0 && bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, 1) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  return ok ? "the web server did not start" : std::system_category().message(error);
}

absl::StatusOr<mg_context*> StartWebServer(const std::string& what, const std::string& address,
                                           int threads) {
  HIR_ASSIGN_OR_RETURN(const std::string numeric, WebServerAddress(what, address));
  const std::string thread_count = absl::StrCat(threads);
  const char* const options[] = {
      "listening_ports",    numeric.c_str(), "num_threads", thread_count.c_str(),
      "request_timeout_ms", "30000",         nullptr};
  // What the library would print goes into the error, or does not matter: clients that go away.
  mg_callbacks callbacks{};
  callbacks.log_message = [](const mg_connection*, const char*) { return 1; };
  mg_init_data init = {&callbacks, nullptr, const_cast<const char**>(options)};
  mg_context* const context = mg_start2(&init, nullptr);
  if (context != nullptr) return context;
  return absl::UnavailableError(absl::StrCat("can't serve HTTP on ", address, ": ",
                                             ListenProblem(numeric),
                                             "; choose another address with ", what, "."));
}

int WebServerPort(const mg_context* context) {
  mg_server_port port{};
  mg_get_server_ports(context, 1, &port);
  return port.port;
}

int SendDocument(mg_connection* connection, int code, const std::string& content_type,
                 std::string_view body, const std::string& headers) {
  const std::string head =
      absl::StrCat("HTTP/1.1 ", code, " ", mg_get_response_code_text(connection, code), "\r\n",
                   headers, "Content-Type: ", content_type, "\r\nContent-Length: ", body.size(),
                   "\r\nConnection: close\r\n\r\n");
  mg_write(connection, head.data(), head.size());
  mg_write(connection, body.data(), body.size());
  return code;
}

void StopWebServer(int port, const std::function<void()>& stop) {
  absl::Notification stopped;
  std::thread stopping([&] {
    stop();
    stopped.Notify();
  });
  do {
    Call(port);
  } while (!stopped.WaitForNotificationWithTimeout(absl::Milliseconds(20)));
  stopping.join();
}

}  // namespace hir
