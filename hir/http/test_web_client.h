// For tests: the client's end of HTTP, down to the bytes.
#ifndef HIR_HTTP_TEST_WEB_CLIENT_H_
#define HIR_HTTP_TEST_WEB_CLIENT_H_

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace hir {

// A connection to a port of this machine.
class TestWebClient {
 public:
  explicit TestWebClient(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~TestWebClient() { close(fd_); }
  TestWebClient(const TestWebClient&) = delete;
  TestWebClient& operator=(const TestWebClient&) = delete;

  bool connected() const { return connected_; }

  // False: the server has closed the connection.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // Receives until the server closes the connection or `until` has arrived.
  std::string Receive(std::string_view until = {}) {
    std::string bytes;
    char part[4096];
    while (until.empty() || bytes.find(until) == std::string::npos) {
      const ssize_t received = recv(fd_, part, sizeof(part), 0);
      if (received <= 0) break;
      bytes.append(part, static_cast<size_t>(received));
    }
    return bytes;
  }

 private:
  const int fd_;
  bool connected_ = false;
};

// The whole answer, headers included, to a GET request.
inline std::string TestGet(int port, const std::string& path) {
  TestWebClient client(port);
  client.Send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return client.Receive();
}

}  // namespace hir

#endif  // HIR_HTTP_TEST_WEB_CLIENT_H_
