#include "hir/base/turns.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::ElementsAre;

std::vector<int> TakeAll(Turns<int>& turns) {
  std::vector<int> taken;
  while (!turns.empty()) taken.push_back(turns.Take());
  return taken;
}

TEST(Turns, OwnersAlternateAndEachKeepsItsOrder) {
  Turns<int> turns;
  for (const int item : {1, 2, 3}) turns.Add("a", item);
  turns.Add("b", 10);
  turns.Add("c", 20);
  turns.Add("c", 21);
  EXPECT_THAT(TakeAll(turns), ElementsAre(1, 10, 20, 2, 21, 3));
}

TEST(Turns, APassedItemStaysTheFirstOfItsOwner) {
  Turns<int> turns;
  for (const int item : {1, 2}) turns.Add("a", item);
  turns.Add("b", 10);
  turns.Pass();
  EXPECT_THAT(TakeAll(turns), ElementsAre(10, 1, 2));
}

TEST(Turns, ARemovedItemHasNoTurn) {
  Turns<int> turns;
  turns.Add("a", 1);
  turns.Add("b", 10);
  turns.Add("b", 11);
  turns.Remove("a", 1);
  turns.Remove("b", 10);
  turns.Remove("b", 10);
  turns.Remove("c", 1);
  EXPECT_THAT(TakeAll(turns), ElementsAre(11));
}

}  // namespace
}  // namespace hir
