#include "hir/base/nearest.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace hir {
namespace {

const std::vector<std::string> kNames = {"temperature", "top_p", "top_k", "seed"};

TEST(NearestName, FindsAMisspeltName) {
  EXPECT_EQ(NearestName("temprature", kNames), "temperature");
}

TEST(NearestName, KeepsTheFirstOfEquals) { EXPECT_EQ(NearestName("top_x", kNames), "top_p"); }

TEST(NearestName, IgnoresCase) { EXPECT_EQ(NearestName("SEED", kNames), "seed"); }

TEST(NearestName, IsEmptyWhenNothingIsNear) {
  EXPECT_EQ(NearestName("checkpointing", kNames), "");
  EXPECT_EQ(DidYouMean("checkpointing", kNames), "");
}

TEST(DidYouMean, AsksWithTheName) {
  EXPECT_EQ(DidYouMean("sed", kNames), " Did you mean \"seed\"?");
}

}  // namespace
}  // namespace hir
