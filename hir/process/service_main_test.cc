// Runs a real service process and checks its output and exit code.
#include "hir/process/service_main.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A child whose standard output and error go to one pipe.
class Child {
 public:
  explicit Child(std::vector<std::string> arguments) {
    int fds[2];
    if (pipe(fds) != 0) abort();
    arguments.insert(arguments.begin(), HIR_BIN_DIR "/process_test_service");
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(fds[1], STDOUT_FILENO);
      dup2(fds[1], STDERR_FILENO);
      close(fds[0]);
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(fds[1]);
    output_ = fdopen(fds[0], "r");
  }
  ~Child() {
    fclose(output_);
    if (ended_) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  // The next line, or empty at the end.
  std::string Line() {
    char* line = nullptr;
    size_t size = 0;
    const ssize_t length = getline(&line, &size, output_);
    const std::string text = length > 0 ? std::string(line, length) : "";
    free(line);
    return text;
  }
  std::string Rest() {
    std::string text;
    for (std::string line = Line(); !line.empty(); line = Line()) text += line;
    return text;
  }
  void Kill(int signal) { kill(pid_, signal); }
  int ExitCode() {
    int status = 0;
    ended_ = waitpid(pid_, &status, 0) == pid_;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  FILE* output_ = nullptr;
};

// The port in the log line "listening".
std::string PortIn(const std::string& line) {
  const size_t port = line.find("\"port\":") + 7;
  return line.substr(port, line.find_first_of(",}", port) - port);
}

class StopsOn : public ::testing::TestWithParam<int> {};

TEST_P(StopsOn, SignalDrainsAndExitsWithZero) {
  Child child({});
  ASSERT_THAT(child.Line(), AllOf(HasSubstr("listening"), HasSubstr("\"port\"")));
  child.Kill(GetParam());
  EXPECT_THAT(child.Rest(), HasSubstr("stopped"));
  EXPECT_EQ(child.ExitCode(), 0);
}

INSTANTIATE_TEST_SUITE_P(Signals, StopsOn, ::testing::Values(SIGTERM, SIGINT));

TEST(ServiceMain, SaysAFailureInOneSentenceAndExitsWithOne) {
  Child child({"--fail", "the disk is full."});
  EXPECT_THAT(child.Rest(), HasSubstr("process_test_service: the disk is full.\n"));
  EXPECT_EQ(child.ExitCode(), 1);
}

TEST(ServiceMain, ExitsWithTwoWhenStartingAgainWouldNotHelp) {
  Child child({"--fail", "another learner has taken over", "--for-good"});
  EXPECT_THAT(child.Rest(), HasSubstr("process_test_service: another learner has taken over\n"));
  EXPECT_EQ(child.ExitCode(), 2);
}

TEST(ServiceMain, ExitsWithTwoWhenAFileThatAFlagNamesIsNotThere) {
  Child child({"--tls-cert=/no/such/file", "--tls-key=/no/such/file"});
  EXPECT_THAT(child.Rest(), HasSubstr("no such file: /no/such/file"));
  EXPECT_EQ(child.ExitCode(), 2);
}

TEST(ServiceMain, NamesTheNearestFlagAndExitsWithTwo) {
  Child child({"--lisen=127.0.0.1:0"});
  EXPECT_EQ(child.Rest(), "process_test_service: unknown flag --lisen. Did you mean --listen?\n");
  EXPECT_EQ(child.ExitCode(), 2);
}

TEST(ServiceMain, RefusesBadValuesAndStrayArguments) {
  for (const auto& [argument, message] : std::vector<std::pair<std::string, std::string>>{
           {"--drain-seconds=soon", "--drain-seconds can't be \"soon\""},
           {"--drain-seconds=-1", "--drain-seconds can't be -1"},
           {"--listen", "--listen needs a value"},
           {"--listen=nowhere", "--listen can't be \"nowhere\""},
           {"stray", "unexpected argument \"stray\""}}) {
    Child child({argument});
    EXPECT_THAT(child.Rest(), HasSubstr(message));
    EXPECT_EQ(child.ExitCode(), 2) << argument;
  }
}

TEST(ServiceMain, TakesUnderscoresAndDashesAlike) {
  Child child({"--metrics_listen=127.0.0.1:0", "--drain-seconds", "3"});
  EXPECT_THAT(child.Line(), HasSubstr("metrics served"));
  EXPECT_THAT(child.Line(), HasSubstr("listening"));
  child.Kill(SIGTERM);
  EXPECT_EQ(child.ExitCode(), 0);
}

TEST(ServiceMain, HelpListsEveryFlagAndTheExitCodes) {
  Child child({"--help"});
  const std::string text = child.Rest();
  EXPECT_THAT(text, StartsWith("Serves for a test."));
  for (const char* flag : {"--listen", "--metrics-listen", "--tls-cert", "--fail", "Exit codes"}) {
    EXPECT_THAT(text, HasSubstr(flag));
  }
  EXPECT_EQ(child.ExitCode(), 0);
}

TEST(ServiceMain, ServesOtherMachinesInPlaintextOnlyWhenToldTo) {
  Child refused({"--listen=0.0.0.0:0"});
  EXPECT_THAT(refused.Rest(), AllOf(HasSubstr("0.0.0.0:0"), HasSubstr("--allow-plaintext")));
  EXPECT_EQ(refused.ExitCode(), 2);
  Child served({"--listen=0.0.0.0:0", "--allow-plaintext"});
  EXPECT_THAT(served.Line(), HasSubstr("listening"));
}

TEST(ServiceMain, ProbeAsksARunningServiceAndExitsWithItsHealth) {
  Child service({});
  const std::string address = "127.0.0.1:" + PortIn(service.Line());
  Child healthy({"--probe", address});
  EXPECT_EQ(healthy.Rest(), "");
  EXPECT_EQ(healthy.ExitCode(), 0);
  service.Kill(SIGTERM);
  EXPECT_EQ(service.ExitCode(), 0);
  Child gone({"--probe", address});
  EXPECT_THAT(gone.Rest(), HasSubstr(address));
  EXPECT_EQ(gone.ExitCode(), 1);
}

TEST(ServiceMain, BusyPortIsOneSentenceAndExitsWithOne) {
  Child first({});
  const std::string number = PortIn(first.Line());
  Child second({"--listen=127.0.0.1:" + number});
  EXPECT_THAT(second.Rest(), HasSubstr("port " + number + " is in use"));
  EXPECT_EQ(second.ExitCode(), 1);
  first.Kill(SIGTERM);
  EXPECT_EQ(first.ExitCode(), 0);
}

}  // namespace
}  // namespace hir
