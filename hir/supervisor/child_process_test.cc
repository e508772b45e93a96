#include "hir/supervisor/child_process.h"

#include <signal.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

class ChildProcessTest : public ::testing::Test {
 protected:
  ProcessSpec Shell(const std::string& script) {
    return {.name = "thing",
            .argv = {"sh", "-c", script},
            .environment = {{"HIR_WORD", "hello"}},
            .log_path = Log()};
  }
  std::unique_ptr<ChildProcess> Start(const std::string& script) {
    auto child = ChildProcess::Start(Shell(script));
    EXPECT_TRUE(child.ok()) << child.status();
    return *std::move(child);
  }
  std::string Log() { return folder_.Path("thing.log"); }

  ScratchFolder folder_;
};

TEST_F(ChildProcessTest, ReportsItsExitCode) {
  auto child = Start("exit 3");
  ASSERT_TRUE(child->WaitFor(absl::Seconds(20)));
  EXPECT_EQ(child->ExitCode(), 3);
  EXPECT_FALSE(child->Running());
}

TEST_F(ChildProcessTest, ReportsTheSignalThatKilledIt) {
  auto child = Start("sleep 1000");
  EXPECT_TRUE(child->Running());
  child->Signal(SIGTERM);
  ASSERT_TRUE(child->WaitFor(absl::Seconds(20)));
  EXPECT_EQ(child->ExitCode(), 128 + SIGTERM);
}

TEST_F(ChildProcessTest, WritesBothOutputsToTheLogAndSeesTheEnvironment) {
  auto child = Start("echo $HIR_WORD; echo oops >&2");
  ASSERT_TRUE(child->WaitFor(absl::Seconds(20)));
  EXPECT_EQ(*ReadFile(Log()), "hello\noops\n");
}

TEST_F(ChildProcessTest, LeadsItsOwnProcessGroup) {
  auto child = Start("read pid name state parent group rest < /proc/$$/stat; echo $group");
  ASSERT_TRUE(child->WaitFor(absl::Seconds(20)));
  EXPECT_EQ(*ReadFile(Log()), absl::StrCat(child->pid(), "\n"));
}

TEST_F(ChildProcessTest, DiesWithItsOwner) {
  pid_t pid = -1;
  {
    auto child = Start("sleep 1000");
    pid = child->pid();
  }
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST_F(ChildProcessTest, WaitingEndsAtItsTime) {
  auto child = Start("sleep 1000");
  EXPECT_FALSE(child->WaitFor(absl::Milliseconds(20)));
}

TEST_F(ChildProcessTest, NamesAMissingProgram) {
  ProcessSpec spec = Shell("");
  spec.argv = {"/no/such/program"};
  const auto child = ChildProcess::Start(spec);
  EXPECT_EQ(child.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(child.status().message()), HasSubstr("/no/such/program"));
}

TEST_F(ChildProcessTest, NamesALogThatCannotBeWritten) {
  ProcessSpec spec = Shell("");
  spec.log_path = "/no/such/folder/x.log";
  EXPECT_THAT(std::string(ChildProcess::Start(spec).status().message()),
              HasSubstr("/no/such/folder/x.log"));
}

TEST_F(ChildProcessTest, LastWordsPreferTheErrorSentence) {
  ASSERT_TRUE(WriteFileAtomically(Log(),
                                  "{\"message\":\"listening\"}\nthing: the disk is full.\n"
                                  "{\"message\":\"stopped\"}\n")
                  .ok());
  EXPECT_EQ(LastWords(Log(), "thing"), "the disk is full.");
}

TEST_F(ChildProcessTest, LastWordsTakeAJsonMessageOrTheLastLine) {
  ASSERT_TRUE(WriteFileAtomically(Log(), "one\n{\"message\":\"two\"}\n\n").ok());
  EXPECT_EQ(LastWords(Log(), "thing"), "two");
  ASSERT_TRUE(WriteFileAtomically(Log(), "one\n  three  \n").ok());
  EXPECT_EQ(LastWords(Log(), "thing"), "three");
  EXPECT_EQ(LastWords(folder_.Path("none.log"), "thing"), "");
}

}  // namespace
}  // namespace hir
