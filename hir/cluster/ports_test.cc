#include "hir/cluster/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "gtest/gtest.h"

namespace hir {
namespace {

// A socket of a server: -1 when it can't listen on `port`.
int Listen(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 && listen(fd, 1) == 0) {
    return fd;
  }
  close(fd);
  return -1;
}

TEST(ReservedPorts, AreDifferentAndGivenToNobodyElse) {
  constexpr int kPorts = 200;
  const auto first = ReservedPorts::Take(kPorts);
  const auto second = ReservedPorts::Take(kPorts);
  ASSERT_TRUE(first.ok() && second.ok());
  std::set<int> ports;
  for (int i = 0; i < kPorts; ++i) ports.insert({(*first)[i], (*second)[i]});
  EXPECT_EQ(ports.size(), 2u * kPorts);
}

TEST(ReservedPorts, CanBeListenedOnByOneServerAfterTheOther) {
  const auto ports = ReservedPorts::Take(1);
  ASSERT_TRUE(ports.ok());
  for (int start = 0; start < 2; ++start) {
    const int fd = Listen((*ports)[0]);
    EXPECT_GE(fd, 0);
    EXPECT_EQ(Listen((*ports)[0]), -1);
    close(fd);
  }
}

}  // namespace
}  // namespace hir
