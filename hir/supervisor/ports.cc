#include "hir/supervisor/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hir {

absl::StatusOr<ReservedPorts> ReservedPorts::Take(int count) {
  ReservedPorts reserved;
  for (int i = 0; i < count; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return absl::UnavailableError("can't open a socket to find a free port.");
    reserved.sockets_.push_back(fd);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    const int on = 1;
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        // Set only after bind(): with it, the system might choose the port of another such socket.
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) {
      return absl::UnavailableError("there is no free port on 127.0.0.1.");
    }
    reserved.ports_.push_back(ntohs(address.sin_port));
  }
  return reserved;
}

ReservedPorts& ReservedPorts::operator=(ReservedPorts&& other) noexcept {
  sockets_.swap(other.sockets_);
  ports_.swap(other.ports_);
  return *this;
}

ReservedPorts::~ReservedPorts() {
  for (const int fd : sockets_) close(fd);
}

}  // namespace hir
