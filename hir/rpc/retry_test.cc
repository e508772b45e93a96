#include "hir/rpc/retry.h"

#include <vector>

#include "gtest/gtest.h"
#include "hir/testing/manual_clock.h"

namespace hir {
namespace {

bool Never() { return false; }

// Returns the statuses one after the other, then always the last one.
class Script {
 public:
  explicit Script(std::vector<absl::Status> answers) : answers_(std::move(answers)) {}
  absl::Status operator()() const {
    ++calls;
    return answers_[std::min<size_t>(calls, answers_.size()) - 1];
  }
  mutable size_t calls = 0;

 private:
  std::vector<absl::Status> answers_;
};

TEST(Retry, GoesOnUntilItSucceeds) {
  ManualClock clock;
  Script script({absl::UnavailableError("a"), absl::DeadlineExceededError("b"), absl::OkStatus()});
  EXPECT_TRUE(Retry(clock, {}, script, Never).ok());
  EXPECT_EQ(script.calls, 3u);
}

TEST(Retry, ReturnsOtherErrorsAtOnce) {
  ManualClock clock;
  Script script({absl::InvalidArgumentError("a")});
  EXPECT_EQ(Retry(clock, {}, script, Never).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(script.calls, 1u);
}

TEST(Retry, StopsAfterItsAttempts) {
  ManualClock clock;
  Script script({absl::UnavailableError("a")});
  EXPECT_EQ(Retry(clock, {.max_attempts = 4}, script, Never).message(), "a");
  EXPECT_EQ(script.calls, 4u);
}

TEST(Retry, StopsAfterItsTime) {
  ManualClock clock;
  const absl::Time start = clock.Now();
  Script script({absl::UnavailableError("a")});
  EXPECT_FALSE(Retry(clock, {.max_elapsed = absl::Seconds(10)}, script, Never).ok());
  EXPECT_LT(clock.Now() - start, absl::Seconds(17));
}

TEST(Retry, NoticesAStopWithinATenthOfASecond) {
  ManualClock clock;
  const absl::Time stop = clock.Now() + absl::Seconds(1);
  Script script({absl::UnavailableError("a")});
  const RetryPolicy policy = {.initial = absl::Minutes(1), .max = absl::Minutes(1)};
  EXPECT_FALSE(Retry(clock, policy, script, [&] { return clock.Now() >= stop; }).ok());
  EXPECT_LE(clock.Now() - stop, absl::Milliseconds(100));
  EXPECT_EQ(script.calls, 1u);
}

TEST(Backoff, DoublesUpToTheLongestWait) {
  Backoff backoff({.initial = absl::Seconds(1), .max = absl::Seconds(4), .jitter = 0}, 1);
  EXPECT_EQ(backoff.Next(), absl::Seconds(1));
  EXPECT_EQ(backoff.Next(), absl::Seconds(2));
  EXPECT_EQ(backoff.Next(), absl::Seconds(4));
  EXPECT_EQ(backoff.Next(), absl::Seconds(4));
  backoff.Reset();
  EXPECT_EQ(backoff.Next(), absl::Seconds(1));
}

TEST(Backoff, JitterStaysInItsBounds) {
  Backoff backoff({.initial = absl::Seconds(1), .max = absl::Seconds(1), .jitter = 0.2}, 7);
  bool varied = false;
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration wait = backoff.Next();
    EXPECT_GE(wait, absl::Milliseconds(800));
    EXPECT_LE(wait, absl::Milliseconds(1200));
    varied |= wait != absl::Seconds(1);
  }
  EXPECT_TRUE(varied);
}

}  // namespace
}  // namespace hir
