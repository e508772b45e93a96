#include "tests/support/processes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/time/clock.h"
#include "hir/base/file.h"

namespace hir {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(20);

struct ProcessEntry {
  std::string name;
  char state;
  pid_t parent;
};

// /proc/PID/stat is "pid (name) state parent ..."; the name may contain anything, so search from
// the right.
std::optional<ProcessEntry> ReadProcess(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const size_t open = line.find('(');
  const size_t close = line.rfind(')');
  ProcessEntry entry;
  entry.name = line.substr(open + 1, close - open - 1);
  std::istringstream rest(line.substr(close + 1));
  rest >> entry.state >> entry.parent;
  return entry;
}

std::map<pid_t, ProcessEntry> ReadProcesses() {
  std::map<pid_t, ProcessEntry> processes;
  for (const auto& folder : std::filesystem::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(folder.path().filename().c_str());
    if (pid <= 0) continue;
    if (const auto entry = ReadProcess(pid)) processes[pid] = *entry;
  }
  return processes;
}

}  // namespace

TestProcess::TestProcess(const std::vector<std::string>& argv, const std::string& log_path)
    : log_path_(log_path) {
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ != 0) return;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(arguments[0], arguments.data());
  std::perror(arguments[0]);
  _exit(127);
}

TestProcess::~TestProcess() {
  if (exit_code_) return;
  kill(-pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void TestProcess::Signal(int number) const { kill(pid_, number); }

std::optional<int> TestProcess::Wait(absl::Duration deadline) {
  Await(deadline, [this] {
    int status = 0;
    if (exit_code_ || waitpid(pid_, &status, WNOHANG) != pid_) return exit_code_.has_value();
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  });
  return exit_code_;
}

std::string TestProcess::Output() const { return ReadFile(log_path_).value_or(""); }

bool Await(absl::Duration deadline, const std::function<bool()>& condition) {
  const absl::Time end = absl::Now() + deadline;
  while (!condition()) {
    if (absl::Now() > end) return false;
    absl::SleepFor(kPollInterval);
  }
  return true;
}

std::vector<pid_t> Descendants(pid_t ancestor, const std::string& name) {
  const std::map<pid_t, ProcessEntry> processes = ReadProcesses();
  std::set<pid_t> family = {ancestor};
  std::vector<pid_t> found;
  // A child may have a smaller number than its parent, so repeat until none is new.
  for (size_t before = 0; before != family.size();) {
    before = family.size();
    for (const auto& [pid, entry] : processes) {
      if (family.contains(entry.parent)) family.insert(pid);
    }
  }
  for (const auto& [pid, entry] : processes) {
    if (pid == ancestor || !family.contains(pid) || entry.state == 'Z') continue;
    if (name.empty() || entry.name == name) found.push_back(pid);
  }
  return found;
}

bool IsAlive(pid_t pid) {
  const auto entry = ReadProcess(pid);
  return entry && entry->state != 'Z';
}

}  // namespace hir
