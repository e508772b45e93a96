#include "hir/supervisor/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(10);

std::string FindProgram(const std::string& name) {
  if (absl::StrContains(name, "/")) return access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = getenv("PATH");
  for (absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    const std::string candidate = absl::StrCat(folder, "/", name);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

// Pointers into `strings`, terminated by a null pointer as exec expects.
std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const ProcessSpec& spec) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const auto overrides = [&](const auto& added) {
      return absl::StartsWith(variable, added.first + "=");
    };
    if (std::none_of(spec.environment.begin(), spec.environment.end(), overrides)) {
      variables.push_back(variable);
    }
  }
  for (const auto& [name, value] : spec.environment) {
    variables.push_back(absl::StrCat(name, "=", value));
  }
  return variables;
}

// Runs in the child between fork and exec, so it makes only async-signal-safe calls.
[[noreturn]] void Become(const char* program, char** argv, char** envp, int log, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execve(program, argv, envp);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(const ProcessSpec& spec) {
  const std::string program = FindProgram(spec.argv.at(0));
  if (program.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("can't start ", spec.name, ": there is no program ", spec.argv[0], "."));
  }
  const int log = open(spec.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) {
    return absl::UnavailableError(absl::StrCat("can't write ", spec.log_path, ": ",
                                               std::system_category().message(errno), "."));
  }
  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> variables = Environment(spec);
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(variables);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    Become(program.c_str(), const_cast<char**>(argv.data()), const_cast<char**>(envp.data()), log,
           parent);
  }
  close(log);
  if (pid < 0) {
    return absl::UnavailableError(
        absl::StrCat("can't start ", spec.name, ": ", std::system_category().message(errno), "."));
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid));
}

ChildProcess::~ChildProcess() {
  if (!Running()) return;
  Signal(SIGKILL);
  WaitFor(absl::InfiniteDuration());
}

bool ChildProcess::Running() { return !ExitCode().has_value(); }

std::optional<int> ChildProcess::ExitCode() {
  if (exit_code_) return exit_code_;
  int status = 0;
  const pid_t ended = waitpid(pid_, &status, WNOHANG);
  if (ended == 0) return std::nullopt;
  // waitpid() fails when someone else has reaped the child; it has ended all the same.
  exit_code_ = ended < 0 ? 127 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_code_;
}

void ChildProcess::Signal(int signal) {
  if (Running()) kill(pid_, signal);
}

bool ChildProcess::WaitFor(absl::Duration timeout) {
  const absl::Time end = absl::Now() + timeout;
  while (Running()) {
    if (absl::Now() >= end) return false;
    absl::SleepFor(kPollInterval);
  }
  return true;
}

std::string LastWords(const std::string& log_path, const std::string& name) {
  const absl::StatusOr<std::string> log = ReadFile(log_path);
  if (!log.ok()) return "";
  std::string last;
  for (absl::string_view line : absl::StrSplit(*log, '\n', absl::SkipWhitespace())) {
    if (absl::StartsWith(line, name + ": ")) {
      last = std::string(line.substr(name.size() + 2));
    } else if (absl::StartsWith(line, "{")) {
      const auto record = ParseJson({line.data(), line.size()}).value_or(nlohmann::json());
      // "stopped" is the last line of an orderly exit, not its cause.
      if (!record.is_object() || record.value("message", "") == "stopped") continue;
      last = record.value("message", "");
    } else {
      last = std::string(absl::StripAsciiWhitespace(line));
    }
  }
  return last;
}

}  // namespace hir
