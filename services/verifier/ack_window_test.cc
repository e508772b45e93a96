#include "services/verifier/ack_window.h"

#include "gtest/gtest.h"

namespace hir {
namespace {

TEST(AckWindow, HasRoomForSoManyUnansweredResponses) {
  AckWindow window(2);
  window.OnTaken();
  EXPECT_TRUE(window.may_read());
  window.OnTaken();
  EXPECT_FALSE(window.has_room());
  EXPECT_FALSE(window.may_read());
}

TEST(AckWindow, OnlyAnAcknowledgementMakesRoom) {
  AckWindow window(1);
  window.OnTaken();
  window.OnScored();
  EXPECT_FALSE(window.may_read());
  window.OnAcknowledged();
  EXPECT_TRUE(window.may_read());
}

TEST(AckWindow, IsAllScoredOnceEveryResponseLeftScoring) {
  AckWindow window(3);
  EXPECT_TRUE(window.all_scored());
  window.OnTaken();
  window.OnTaken();
  window.OnScored();
  EXPECT_FALSE(window.all_scored());
  // Refused responses are acknowledged before they leave scoring.
  window.OnAcknowledged();
  EXPECT_FALSE(window.all_scored());
  window.OnScored();
  EXPECT_TRUE(window.all_scored());
}

TEST(AckWindow, IsOverOnceItIsToEndAndAllIsAnswered) {
  AckWindow window(2);
  EXPECT_FALSE(window.over());
  window.OnTaken();
  window.OnTaken();
  window.EndWhenAnswered();
  window.OnAcknowledged();
  EXPECT_FALSE(window.over());
  window.OnAcknowledged();
  EXPECT_TRUE(window.over());
}

TEST(AckWindow, AnIdleStreamThatIsToEndIsOverAtOnce) {
  AckWindow window(2);
  window.EndWhenAnswered();
  EXPECT_TRUE(window.over());
}

TEST(AckWindow, AFailureEndsTheWaitForRoomAndTheReading) {
  AckWindow window(1);
  window.OnTaken();
  EXPECT_FALSE(window.has_room());
  window.OnFailed();
  EXPECT_TRUE(window.has_room());
  EXPECT_FALSE(window.may_read());
}

}  // namespace
}  // namespace hir
