#include "hir/testing/fake_web_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hir {
namespace {

constexpr char kSilence[] = "";

// Reads one request with its body.
std::string ReadRequest(int connection) {
  std::string text;
  char buffer[4096];
  while (true) {
    const size_t end = text.find("\r\n\r\n");
    if (end != text.npos) {
      const size_t at = text.find("Content-Length: ");
      size_t length = 0;
      if (at != text.npos) {
        const size_t begin = at + sizeof("Content-Length: ") - 1;
        (void)absl::SimpleAtoi(text.substr(begin, text.find('\r', begin) - begin), &length);
      }
      if (text.size() >= end + 4 + length) return text.substr(end + 4);
    }
    const ssize_t got = read(connection, buffer, sizeof(buffer));
    if (got <= 0) return "";
    text.append(buffer, static_cast<size_t>(got));
  }
}

}  // namespace

FakeWebServer::FakeWebServer(std::string otherwise) : otherwise_(std::move(otherwise)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  listen(listener_, 64);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

FakeWebServer::~FakeWebServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

std::string FakeWebServer::url() const { return absl::StrCat("http://127.0.0.1:", port_); }

void FakeWebServer::Script(std::string bytes) {
  absl::MutexLock lock(&mutex_);
  scripts_.push_back(std::move(bytes));
}

void FakeWebServer::ScriptSilence() { Script(kSilence); }

std::vector<std::string> FakeWebServer::requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

std::string FakeWebServer::Http(int code, std::string_view body, std::string_view headers) {
  return absl::StrCat("HTTP/1.1 ", code, " X\r\nContent-Length: ", body.size(),
                      "\r\nConnection: close\r\n", std::string(headers), "\r\n", std::string(body));
}

void FakeWebServer::Serve() {
  for (int connection; (connection = accept(listener_, nullptr, nullptr)) >= 0;) {
    Answer(connection);
    close(connection);
  }
}

void FakeWebServer::Answer(int connection) {
  const std::string request = ReadRequest(connection);
  std::string answer = otherwise_;
  {
    absl::MutexLock lock(&mutex_);
    requests_.push_back(request);
    if (!scripts_.empty()) {
      answer = std::move(scripts_.front());
      scripts_.pop_front();
    }
  }
  if (answer == kSilence) {
    char end;
    while (read(connection, &end, 1) > 0) continue;
    return;
  }
  for (size_t sent = 0; sent < answer.size();) {
    const ssize_t wrote =
        send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
    if (wrote <= 0) return;
    sent += static_cast<size_t>(wrote);
  }
}

}  // namespace hir
