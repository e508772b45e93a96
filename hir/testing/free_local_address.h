// Finds an address where a test's ranks can meet.
#ifndef HIR_TESTING_FREE_LOCAL_ADDRESS_H_
#define HIR_TESTING_FREE_LOCAL_ADDRESS_H_

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace hir {

// 127.0.0.1 and a port that was free a moment ago.
inline std::string FreeLocalAddress() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

}  // namespace hir

#endif  // HIR_TESTING_FREE_LOCAL_ADDRESS_H_
