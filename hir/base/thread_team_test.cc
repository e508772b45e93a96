#include "hir/base/thread_team.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace hir {
namespace {

class EverySize : public testing::TestWithParam<int> {};

TEST_P(EverySize, EachMemberWorksOnce) {
  ThreadTeam team(GetParam());
  for (int run = 0; run < 200; ++run) {
    std::vector<int> calls(team.size());
    team.Run([&](int member) { ++calls[member]; });
    EXPECT_EQ(calls, std::vector<int>(team.size(), 1));
  }
}

TEST_P(EverySize, TheCallerIsMemberZero) {
  ThreadTeam team(GetParam());
  std::thread::id caller;
  team.Run([&](int member) {
    if (member == 0) caller = std::this_thread::get_id();
  });
  EXPECT_EQ(caller, std::this_thread::get_id());
}

// Without atomics, so that a sanitizer sees whether a barrier orders memory. More members than
// cores must go on, too.
TEST_P(EverySize, ABarrierShowsEachMemberWhatTheOthersWroteBefore) {
  ThreadTeam team(GetParam());
  std::vector<int> values(team.size(), 0);
  std::vector<int> errors(team.size(), 0);
  team.Run([&](int member) {
    for (int step = 1; step <= 300; ++step) {
      values[member] = step;
      team.Barrier();
      for (const int value : values) errors[member] += value != step;
      team.Barrier();
    }
  });
  EXPECT_EQ(errors, std::vector<int>(team.size(), 0));
}

INSTANTIATE_TEST_SUITE_P(Sizes, EverySize, testing::Values(1, 2, 3, 9));

TEST(ShareOf, SharesCoverEverythingOnceAndAreNearlyEqual) {
  for (const int64_t count : {0, 1, 5, 64, 577}) {
    for (const int size : {1, 2, 3, 7}) {
      for (const int64_t multiple : {1, 32}) {
        int64_t next = 0;
        for (int member = 0; member < size; ++member) {
          const Share share = ShareOf(count, member, size, multiple);
          EXPECT_EQ(share.begin, next);
          EXPECT_TRUE(share.begin % multiple == 0 || share.begin == count);
          EXPECT_LE(share.end - share.begin, (count / size / multiple + 1) * multiple);
          next = share.end;
        }
        EXPECT_EQ(next, count);
      }
    }
  }
}

}  // namespace
}  // namespace hir
