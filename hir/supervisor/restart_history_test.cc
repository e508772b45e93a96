#include "hir/supervisor/restart_history.h"

#include "gtest/gtest.h"

namespace hir {
namespace {

constexpr RestartPolicy kPolicy = {.first_pause = absl::Seconds(1),
                                   .longest_pause = absl::Seconds(10),
                                   .forgiven_after = absl::Minutes(3),
                                   .failed_starts = 3};

class RestartHistoryTest : public testing::Test {
 protected:
  // A start, a life of `length` from Ready() on, and a death.
  std::optional<absl::Duration> Live(absl::Duration length) {
    history_.Started();
    history_.Ready(now_);
    now_ += length;
    return history_.Died(now_);
  }
  std::optional<absl::Duration> FailToStart() {
    history_.Started();
    return history_.Died(now_);
  }

  RestartHistory history_{kPolicy};
  absl::Time now_ = absl::FromUnixSeconds(1000);
};

TEST_F(RestartHistoryTest, PausesGrowUpToTheLongest) {
  for (const int seconds : {1, 2, 4, 8, 10, 10}) {
    EXPECT_EQ(Live(absl::Seconds(2)), absl::Seconds(seconds));
  }
}

TEST_F(RestartHistoryTest, AServiceThatComesUpIsNeverGivenUp) {
  for (int i = 1; i <= 1000; ++i) {
    ASSERT_TRUE(Live(absl::Seconds(1)).has_value()) << i;
    EXPECT_EQ(history_.deaths(), i);
  }
}

TEST_F(RestartHistoryTest, HealthyMinutesForgive) {
  for (int i = 0; i < 5; ++i) Live(absl::Seconds(1));
  EXPECT_EQ(Live(absl::Minutes(3) - absl::Seconds(1)), absl::Seconds(10));
  EXPECT_EQ(Live(absl::Minutes(3)), absl::Seconds(1));
  EXPECT_EQ(Live(absl::Seconds(1)), absl::Seconds(2));
}

TEST_F(RestartHistoryTest, AServiceThatCannotComeUpIsGivenUp) {
  EXPECT_TRUE(FailToStart().has_value());
  EXPECT_TRUE(FailToStart().has_value());
  EXPECT_FALSE(FailToStart().has_value());
}

TEST_F(RestartHistoryTest, ComingUpOnceMakesFailedStartsForgotten) {
  FailToStart();
  FailToStart();
  EXPECT_TRUE(Live(absl::Seconds(1)).has_value());
  EXPECT_TRUE(FailToStart().has_value());
  EXPECT_TRUE(FailToStart().has_value());
  EXPECT_FALSE(FailToStart().has_value());
}

}  // namespace
}  // namespace hir
