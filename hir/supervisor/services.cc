#include "hir/supervisor/services.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string_view>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/health.h"

namespace hir {
namespace {

// Loading a model of some GiB from a cold disk takes minutes.
constexpr absl::Duration kServiceStart = absl::Minutes(5);
// Less than the supervisors' stop_deadline, which ends a drain by SIGKILL.
constexpr int kDrainSeconds = 4;
constexpr absl::Duration kRedisStart = absl::Seconds(60);

}  // namespace

SupervisedService RingService(const LocalServiceOptions& options, const std::string& program,
                              const std::vector<std::string>& flags) {
  const std::string address = absl::StrCat("127.0.0.1:", options.port);
  SupervisedService service;
  service.process.name = options.name.empty() ? program : options.name;
  service.process.argv = {absl::StrCat(options.bin_dir, "/", program), "--listen", address,
                          absl::StrCat("--drain-seconds=", kDrainSeconds)};
  if (options.metrics_port > 0) {
    service.process.argv.push_back("--metrics-listen");
    service.process.argv.push_back(absl::StrCat("127.0.0.1:", options.metrics_port));
  }
  service.process.argv.insert(service.process.argv.end(), flags.begin(), flags.end());
  // Idle OpenMP threads must not spin on cores that another service needs.
  service.process.environment = {{"OMP_WAIT_POLICY", "passive"}};
  if (options.threads > 0) {
    service.process.environment.emplace_back("OMP_NUM_THREADS", absl::StrCat(options.threads));
  }
  if (!options.gpu.empty()) {
    service.process.environment.emplace_back("CUDA_VISIBLE_DEVICES", options.gpu);
  }
  service.process.log_path = absl::StrCat(options.log_dir, "/", service.process.name, ".log");
  service.start_timeout = kServiceStart;
  service.ready = [channel = std::shared_ptr<grpc::Channel>(), address]() mutable -> absl::Status {
    if (channel == nullptr) {
      auto made = MakeChannel(address);
      if (!made.ok()) return made.status();
      channel = *std::move(made);
    }
    return CheckHealth(channel, "", absl::Seconds(1));
  };
  return service;
}

absl::StatusOr<std::vector<std::string>> ReadFlags(const std::string& path) {
  std::vector<std::string> flags;
  if (path.empty()) return flags;
  HIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  int number = 0;
  for (const absl::string_view raw : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::string_view line = absl::StripAsciiWhitespace(raw);
    if (line.empty() || absl::StartsWith(line, "#")) continue;
    if (!absl::StartsWith(line, "--")) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", number, ": \"", line, "\" is not a flag; write --NAME=VALUE."));
    }
    flags.emplace_back(line);
  }
  return flags;
}

SupervisedService PrivateRedis(const std::string& dir, const std::string& socket_path,
                               const std::string& log_dir) {
  SupervisedService service;
  service.process.name = "redis-server";
  service.process.argv = {"redis-server",
                          "--port",
                          "0",
                          "--unixsocket",
                          socket_path,
                          "--dir",
                          dir,
                          "--appendonly",
                          "yes",
                          "--appendfsync",
                          "always",
                          "--save",
                          "",
                          "--daemonize",
                          "no"};
  service.process.log_path = absl::StrCat(log_dir, "/redis-server.log");
  service.start_timeout = kRedisStart;
  service.ready = [socket_path] { return PingRedis(socket_path); };
  return service;
}

absl::Status PingRedis(const std::string& socket_path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::UnavailableError("can't open a socket.");
  absl::Cleanup closer = [fd] { close(fd); };
  const timeval patience = {.tv_sec = 1, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat("the path ", socket_path, " is too long."));
  }
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::UnavailableError("Redis does not listen yet.");
  }
  constexpr std::string_view kPing = "PING\r\n";
  char answer[64] = {};
  if (send(fd, kPing.data(), kPing.size(), MSG_NOSIGNAL) < 0 ||
      recv(fd, answer, sizeof(answer) - 1, 0) <= 0) {
    return absl::UnavailableError("Redis does not answer yet.");
  }
  if (std::string_view(answer).substr(0, 5) == "+PONG") return absl::OkStatus();
  return absl::UnavailableError("Redis is still loading its file.");
}

}  // namespace hir
