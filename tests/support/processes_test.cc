#include "tests/support/processes.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace hir {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(30);

TEST(TestProcess, DiesWithATestThatIsAborted) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t aborted_test = fork();
  if (aborted_test == 0) {
    const TestProcess process({"/bin/sleep", "1000"}, "/dev/null");
    const pid_t pid = process.pid();
    if (write(pipe_ends[1], &pid, sizeof(pid)) != sizeof(pid)) _exit(1);
    raise(SIGKILL);
  }
  pid_t pid = 0;
  ASSERT_EQ(read(pipe_ends[0], &pid, sizeof(pid)), static_cast<ssize_t>(sizeof(pid)));
  waitpid(aborted_test, nullptr, 0);
  const bool died = Await(kDeadline, [&] { return !IsAlive(pid); });
  if (!died) kill(pid, SIGKILL);
  EXPECT_TRUE(died);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST(TestProcess, TellsTheExitCodeOrTheSignal) {
  TestProcess ends({"/bin/sh", "-c", "exit 3"}, "/dev/null");
  EXPECT_EQ(ends.Wait(kDeadline), 3);
  TestProcess killed({"/bin/sleep", "1000"}, "/dev/null");
  EXPECT_EQ(killed.Wait(absl::ZeroDuration()), std::nullopt);
  killed.Signal(SIGTERM);
  EXPECT_EQ(killed.Wait(kDeadline), 128 + SIGTERM);
}

TEST(TestProcess, KeepsBothOutputs) {
  TestProcess process({"/bin/sh", "-c", "echo out; echo err >&2"},
                      ::testing::TempDir() + "/test_process_output");
  ASSERT_EQ(process.Wait(kDeadline), 0);
  EXPECT_EQ(process.Output(), "out\nerr\n");
}

}  // namespace
}  // namespace hir
