#include "hir/generate/page_allocator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PageAllocator, HandsOutEachPageOnceUntilItIsGivenBack) {
  PageAllocator pages(3);
  EXPECT_EQ(pages.capacity(), 3);
  EXPECT_THAT(pages.Take(2), ElementsAre(0, 1));
  EXPECT_EQ(pages.free(), 1);
  EXPECT_THAT(pages.Take(1), ElementsAre(2));
  EXPECT_EQ(pages.free(), 0);
  EXPECT_THAT(pages.Take(0), IsEmpty());
  pages.Give({1});
  EXPECT_THAT(pages.Take(1), ElementsAre(1));
}

TEST(PageAllocator, UsedPagesAreTakenBeforeUntouchedOnesInTheSameOrder) {
  PageAllocator pages(100);
  const std::vector<int32_t> first = pages.Take(4);
  pages.Give(first);
  EXPECT_EQ(pages.Take(4), first);
}

TEST(PageAllocator, NoPageHasTwoHoldersAndNoneIsLost) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  constexpr int32_t kPages = 50;
  PageAllocator pages(kPages);
  std::vector<std::vector<int32_t>> held;
  for (int i = 0; i < 2000; ++i) {
    if (held.empty() || random() % 2 == 0) {
      held.push_back(pages.Take(random() % (pages.free() + 1)));
    } else {
      std::swap(held[random() % held.size()], held.back());
      pages.Give(held.back());
      held.pop_back();
    }
    std::set<int32_t> distinct;
    size_t count = 0;
    for (const auto& some : held) {
      distinct.insert(some.begin(), some.end());
      count += some.size();
    }
    ASSERT_EQ(distinct.size(), count);
    ASSERT_EQ(pages.free(), kPages - static_cast<int64_t>(count));
    ASSERT_TRUE(distinct.empty() || (*distinct.begin() >= 0 && *distinct.rbegin() < kPages));
  }
}

}  // namespace
}  // namespace hir
