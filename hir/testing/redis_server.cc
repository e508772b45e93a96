#include "hir/testing/redis_server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

constexpr absl::Duration kStartDeadline = absl::Seconds(20);

// True if a PING over the socket is answered by a PONG or by a request to log in, both of which
// mean that the data is loaded.
bool Answers(const std::string& socket_path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const absl::Cleanup close_fd = [fd] { close(fd); };
  sockaddr_un address = {.sun_family = AF_UNIX};
  std::strncpy(address.sun_path, socket_path.c_str(), sizeof(address.sun_path) - 1);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return false;
  const std::string ping = "PING\r\n";
  if (write(fd, ping.data(), ping.size()) != static_cast<ssize_t>(ping.size())) return false;
  char answer[5] = {};
  if (read(fd, answer, sizeof(answer)) != sizeof(answer)) return false;
  return std::memcmp(answer, "+PONG", 5) == 0 || std::memcmp(answer, "-NOAU", 5) == 0;
}

// In the child: never returns.
[[noreturn]] void Exec(std::vector<std::string> words, const std::string& log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(fd, STDOUT_FILENO);
  dup2(fd, STDERR_FILENO);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

}  // namespace

RedisServer::RedisServer(std::string folder, std::vector<std::string> arguments)
    : folder_(std::move(folder)), arguments_(std::move(arguments)) {}

RedisServer::~RedisServer() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

absl::StatusOr<std::unique_ptr<RedisServer>> RedisServer::Start(
    std::vector<std::string> arguments) {
  // A short name: the path of a unix socket has at most 107 bytes.
  std::string folder = (std::filesystem::temp_directory_path() / "hir-redis-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::UnavailableError(absl::StrCat("no temporary folder ", folder));
  }
  std::unique_ptr<RedisServer> server(new RedisServer(folder, std::move(arguments)));
  HIR_RETURN_IF_ERROR(server->Launch());
  return server;
}

void RedisServer::Kill() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

absl::Status RedisServer::Restart() {
  Kill();
  return Launch();
}

absl::Status RedisServer::Launch() {
  std::vector<std::string> words = {
      "redis-server", "--port",      "0", "--unixsocket", socket(), "--dir",
      folder_,        "--save",      "",  "--appendonly", "yes",    "--appendfsync",
      "always",       "--daemonize", "no"};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  const std::string log = folder_ + "/redis.log";
  std::filesystem::remove(socket());
  process_ = fork();
  if (process_ == 0) Exec(std::move(words), log);
  const absl::Time deadline = absl::Now() + kStartDeadline;
  while (!Answers(socket())) {
    if (waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      return absl::UnavailableError("redis-server ended at once; is it installed?");
    }
    if (absl::Now() > deadline) return absl::UnavailableError("redis-server does not answer");
    absl::SleepFor(absl::Milliseconds(2));
  }
  return absl::OkStatus();
}

}  // namespace hir
