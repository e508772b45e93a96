#include "hir/supervisor/supervisor.h"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/testing/manual_clock.h"
#include "hir/testing/scratch_folder.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

bool Never() { return false; }

class SupervisorTest : public ::testing::Test {
 protected:
  // Ready once `script` has written "ready" to its log as often as it was started.
  SupervisedService Service(const std::string& name, const std::string& script) {
    const std::string log = folder_.Path(name + ".log");
    return {
        .process = {.name = name, .argv = {"sh", "-c", script}, .log_path = log},
        .ready =
            [log] { return Lines(log) > 0 ? absl::OkStatus() : absl::UnavailableError("not yet"); },
        .start_timeout = absl::Seconds(30)};
  }
  static int Lines(const std::string& path) {
    const auto text = ReadFile(path);
    if (!text.ok()) return 0;
    return static_cast<int>(std::count(text->begin(), text->end(), '\n'));
  }
  // A script that becomes ready and waits for Go() before it runs `last`; after a restart it runs
  // `last` at once.
  std::string Until(const std::string& last) const {
    return absl::StrCat("echo ready; while [ ! -e ", folder_.Path("go"),
                        " ]; do sleep 0.01; done; ", last);
  }
  void Go() const { std::ofstream(folder_.Path("go")); }
  template <typename Condition>
  static bool Eventually(const Condition& condition) {
    const absl::Time end = absl::Now() + absl::Seconds(30);
    while (!condition()) {
      if (absl::Now() > end) return false;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return true;
  }

  ScratchFolder folder_;
  ManualClock clock_;
  SupervisorOptions options_ = {
      .restarts = {.first_pause = absl::Milliseconds(1), .failed_starts = 2},
      .stop_deadline = absl::Seconds(10)};
};

TEST_F(SupervisorTest, StartsAServiceOnceItIsReady) {
  Supervisor supervisor(options_);
  EXPECT_TRUE(supervisor.Start(Service("a", "echo ready; sleep 1000"), Never).ok());
  EXPECT_TRUE(supervisor.Health().ok());
  EXPECT_GT(supervisor.PidOf("a"), 0);
  EXPECT_EQ(supervisor.PidOf("b"), -1);
}

TEST_F(SupervisorTest, SaysWhyAServiceDiedAtItsStart) {
  Supervisor supervisor(options_);
  SupervisedService service = Service("a", "echo 'a: port 9 is in use.' >&2; exit 1");
  service.ready = [] { return absl::UnavailableError("not yet"); };
  const absl::Status status = supervisor.Start(service, Never);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("a ended with code 1"), HasSubstr("port 9 is in use.")));
}

TEST_F(SupervisorTest, GivesUpOnAServiceThatIsNeverReady) {
  Supervisor supervisor(options_);
  SupervisedService service = Service("a", "sleep 1000");
  service.start_timeout = absl::Milliseconds(50);
  EXPECT_THAT(std::string(supervisor.Start(service, Never).message()),
              AllOf(HasSubstr("a was not ready"), HasSubstr("not yet")));
}

TEST_F(SupervisorTest, StopsStartingWhenToldTo) {
  Supervisor supervisor(options_);
  EXPECT_EQ(supervisor.Start(Service("a", "sleep 1000"), [] { return true; }).code(),
            absl::StatusCode::kCancelled);
}

TEST_F(SupervisorTest, StartsADeadServiceAgain) {
  Supervisor supervisor(options_);
  ASSERT_TRUE(supervisor.Start(Service("a", "echo ready; sleep 1000"), Never).ok());
  const pid_t first = supervisor.PidOf("a");
  kill(first, SIGKILL);
  EXPECT_TRUE(Eventually([&] { return Lines(folder_.Path("a.log")) == 2; }));
  EXPECT_NE(supervisor.PidOf("a"), first);
  EXPECT_EQ(supervisor.restarts(), 1);
  EXPECT_TRUE(supervisor.Health().ok());
}

TEST_F(SupervisorTest, StartsAWholeGangAgainWhenOneOfItDies) {
  Supervisor supervisor(options_);
  const auto start = [&](const std::string& name, const std::string& gang,
                         const std::string& script) {
    SupervisedService service = Service(name, script);
    service.gang = gang;
    ASSERT_TRUE(supervisor.Start(std::move(service), Never).ok());
  };
  start("busy", "g", "echo ready; sleep 1000");
  start("other", "", "echo ready; sleep 1000");
  start("dies", "g", "echo ready; sleep 1000");
  const pid_t other = supervisor.PidOf("other");
  kill(supervisor.PidOf("dies"), SIGKILL);
  for (const std::string name : {"busy", "dies"}) {
    EXPECT_TRUE(Eventually([&] { return Lines(folder_.Path(name + ".log")) == 2; })) << name;
  }
  EXPECT_EQ(supervisor.PidOf("other"), other);
  EXPECT_EQ(supervisor.restarts(), 1);
  EXPECT_TRUE(supervisor.Health().ok());
}

TEST_F(SupervisorTest, GivesUpOnAServiceThatCannotComeUpAnyMore) {
  Supervisor supervisor(options_);
  SupervisedService service = Service("a", Until("echo 'a: broken'; exit 1"));
  service.ready = [this, before = service.ready] {
    return std::filesystem::exists(folder_.Path("go")) ? absl::UnavailableError("not yet")
                                                       : before();
  };
  ASSERT_TRUE(supervisor.Start(std::move(service), Never).ok());
  Go();
  EXPECT_TRUE(Eventually([&] { return !supervisor.Health().ok(); }));
  EXPECT_EQ(supervisor.restarts(), 2);
  EXPECT_THAT(std::string(supervisor.Health().message()), HasSubstr("broken"));
}

TEST_F(SupervisorTest, AStartThatIsNeverReadyIsAFailedOne) {
  options_.clock = &clock_;
  Supervisor supervisor(options_);
  SupervisedService service = Service("a", "echo ready; sleep 1000");
  std::atomic<bool> usable = true;
  service.ready = [&, before = service.ready] {
    return usable ? before() : absl::UnavailableError("not yet");
  };
  ASSERT_TRUE(supervisor.Start(std::move(service), Never).ok());
  usable = false;
  kill(supervisor.PidOf("a"), SIGKILL);
  EXPECT_TRUE(Eventually([&] {
    clock_.Sleep(absl::Seconds(1));
    return !supervisor.Health().ok();
  }));
  EXPECT_EQ(supervisor.restarts(), 2);
}

TEST_F(SupervisorTest, AServiceMayDieAgainAndAgain) {
  options_.clock = &clock_;
  options_.restarts = {.first_pause = absl::Seconds(10), .longest_pause = absl::Seconds(40)};
  Supervisor supervisor(options_);
  SupervisedService service = Service("a", "echo ready; sleep 1000");
  std::atomic<int> ups = 0;
  service.ready = [&ups, before = service.ready] {
    const absl::Status ready = before();
    if (ready.ok()) ++ups;
    return ready;
  };
  ASSERT_TRUE(supervisor.Start(std::move(service), Never).ok());
  const auto die = [&] {
    kill(supervisor.PidOf("a"), SIGKILL);
    std::vector<std::string> news;
    EXPECT_TRUE(Eventually([&] { return !(news = supervisor.TakeNews()).empty(); }));
    return news[0];
  };
  int started = 1;  // Lives.
  for (const int pause : {10, 20, 40, 40, 40, 40, 40, 40}) {
    EXPECT_THAT(die(),
                AllOf(HasSubstr("a was killed by signal 9"), HasSubstr(folder_.Path("a.log")),
                      HasSubstr(absl::StrCat("its death number ", started, ",")),
                      HasSubstr(absl::StrCat("again in ", pause, "s"))));
    EXPECT_EQ(ups, started);
    clock_.Sleep(absl::Seconds(pause));
    ++started;
    EXPECT_TRUE(Eventually([&] { return ups == started; }));
  }
  EXPECT_TRUE(supervisor.Health().ok());
  clock_.Sleep(absl::Minutes(4));
  EXPECT_THAT(die(), HasSubstr("its death number 9, started again in 10s"));
}

TEST_F(SupervisorTest, DoesNotRestartWhatCannotRunSo) {
  Supervisor supervisor(options_);
  ASSERT_TRUE(supervisor.Start(Service("a", Until("exit 2")), Never).ok());
  Go();
  EXPECT_TRUE(Eventually([&] { return !supervisor.Health().ok(); }));
  EXPECT_EQ(supervisor.restarts(), 0);
}

TEST_F(SupervisorTest, StartsAServiceAgainThatEndsWell) {
  Supervisor supervisor(options_);
  ASSERT_TRUE(
      supervisor
          .Start(Service("a", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done"),
                 Never)
          .ok());
  kill(supervisor.PidOf("a"), SIGTERM);
  EXPECT_TRUE(Eventually([&] { return Lines(folder_.Path("a.log")) == 2; }));
  EXPECT_EQ(supervisor.restarts(), 1);
}

TEST_F(SupervisorTest, CallsASignalTheCauseAndNotWhatWasLoggedBefore) {
  Supervisor supervisor(options_);
  ASSERT_TRUE(supervisor.Start(Service("a", "echo step trained; sleep 1000"), Never).ok());
  kill(supervisor.PidOf("a"), SIGKILL);
  std::vector<std::string> news;
  EXPECT_TRUE(Eventually([&] { return !(news = supervisor.TakeNews()).empty(); }));
  EXPECT_THAT(news[0], AllOf(HasSubstr("killed by signal 9"), HasSubstr("memory"),
                             Not(HasSubstr("step trained"))));
}

TEST_F(SupervisorTest, StopsInReverseOrder) {
  Supervisor supervisor(options_);
  const std::string order = folder_.Path("order");
  const auto script = [&](const std::string& name) {
    return absl::StrCat("trap 'echo ", name, " >> ", order,
                        "; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
  };
  ASSERT_TRUE(supervisor.Start(Service("a", script("a")), Never).ok());
  ASSERT_TRUE(supervisor.Start(Service("b", script("b")), Never).ok());
  supervisor.Stop();
  EXPECT_EQ(*ReadFile(order), "b\na\n");
}

TEST_F(SupervisorTest, KillsWhatDoesNotStop) {
  options_.stop_deadline = absl::Milliseconds(50);
  Supervisor supervisor(options_);
  ASSERT_TRUE(
      supervisor
          .Start(Service("a", "trap '' TERM; echo ready; while :; do sleep 0.01; done"), Never)
          .ok());
  const pid_t pid = supervisor.PidOf("a");
  supervisor.Stop();
  EXPECT_EQ(kill(pid, 0), -1);
}

}  // namespace
}  // namespace hir
