#include "hir/checkers/remote/python/sandboxed_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/status_macros.h"

namespace hir::remote {
namespace {

constexpr char kPython[] = "/usr/bin/python3";
constexpr size_t kLongestLine = 1 << 20;

std::vector<std::string> Command(std::string_view program) {
  return {"bwrap",
          "--unshare-all",
          "--unshare-user",
          "--uid",
          "65534",
          "--gid",
          "65534",
          "--cap-drop",
          "ALL",
          "--clearenv",
          "--ro-bind",
          "/usr",
          "/usr",
          "--symlink",
          "usr/lib",
          "/lib",
          "--symlink",
          "usr/lib64",
          "/lib64",
          "--remount-ro",
          "/",
          "--chdir",
          "/",
          kPython,
          "-I",
          "-S",
          "-c",
          std::string(program)};
}

// Waits until `file` is ready. False if it is not before `deadline`.
bool Await(int file, short events, absl::Time deadline) {
  while (true) {
    const auto left = std::max<int64_t>(0, absl::ToInt64Milliseconds(deadline - absl::Now()));
    pollfd polled = {file, events, 0};
    const int ready = poll(&polled, 1, static_cast<int>(std::min<int64_t>(left, 1'000'000)));
    if (ready > 0) return true;
    if (ready == 0 && absl::Now() >= deadline) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

absl::Status Gone() { return absl::UnavailableError("the process in the sandbox is gone"); }

}  // namespace

absl::StatusOr<std::unique_ptr<SandboxedProcess>> SandboxedProcess::Start(
    std::string_view program) {
  if (access(kPython, X_OK) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(kPython, " is not there"));
  }
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::UnavailableError(absl::StrCat("socketpair: ", strerror(errno)));
  }
  const auto [ours, theirs] = ends;

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, theirs, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, theirs, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  // A group of its own, so that one signal reaches everything in the sandbox.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

  std::vector<std::string> command = Command(program);
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  close(theirs);
  if (error != 0) {
    close(ours);
    return absl::FailedPreconditionError(
        absl::StrCat("bwrap can't be started (", strerror(error), "): apt-get install bubblewrap"));
  }
  fcntl(ours, F_SETFL, O_NONBLOCK);
  return std::unique_ptr<SandboxedProcess>(new SandboxedProcess(pid, ours));
}

SandboxedProcess::~SandboxedProcess() {
  close(socket_);
  kill(-pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

absl::StatusOr<std::string> SandboxedProcess::Ask(std::string_view line, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  HIR_RETURN_IF_ERROR(Send(line, deadline));
  HIR_RETURN_IF_ERROR(Send("\n", deadline));
  return ReadLine(deadline);
}

absl::Status SandboxedProcess::Send(std::string_view bytes, absl::Time deadline) {
  while (!bytes.empty()) {
    const ssize_t written = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written > 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      if (!Await(socket_, POLLOUT, deadline)) {
        return absl::DeadlineExceededError("the process in the sandbox does not read");
      }
    } else if (errno != EINTR) {
      return Gone();
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SandboxedProcess::ReadLine(absl::Time deadline) {
  std::string line;
  while (line.size() <= kLongestLine) {
    if (!Await(socket_, POLLIN, deadline)) {
      return absl::DeadlineExceededError("the process in the sandbox does not answer in time");
    }
    char buffer[4096];
    const ssize_t got = recv(socket_, buffer, sizeof(buffer), 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return Gone();
    line.append(buffer, static_cast<size_t>(got));
    if (line.back() == '\n') {
      line.pop_back();
      return line;
    }
  }
  return Gone();
}

}  // namespace hir::remote
