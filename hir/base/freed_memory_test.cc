#include "hir/base/freed_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace hir {
namespace {

constexpr size_t kBytes = size_t{64} << 20;
constexpr size_t kPage = 4096;

// Pages that the system gives this process while it fills a new piece of memory and frees it.
long PagesTaken() {
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const std::vector<char> piece(kBytes, 1);
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(piece.back(), 1);
  return after.ru_minflt - before.ru_minflt;
}

TEST(KeepFreedMemory, GivesOutALargePieceAgainWithoutAskingTheSystem) {
  KeepFreedMemory();
  PagesTaken();
  EXPECT_LT(PagesTaken(), static_cast<long>(kBytes / kPage / 100));
}

}  // namespace
}  // namespace hir
