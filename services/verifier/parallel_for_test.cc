#include "services/verifier/parallel_for.h"

#include <atomic>
#include <new>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

TEST(ParallelFor, CallsEveryIndexOnce) {
  std::vector<std::atomic<int>> calls(100);
  ASSERT_TRUE(ParallelFor(100, 4, [&](int i) { ++calls[static_cast<size_t>(i)]; }).ok());
  for (const std::atomic<int>& count : calls) EXPECT_EQ(count, 1);
}

TEST(ParallelFor, AnExceptionOfAnyThreadBecomesAnError) {
  const absl::Status status = ParallelFor(100, 4, [](int) { throw std::bad_alloc(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(status.message(), testing::HasSubstr("bad_alloc"));
}

TEST(ParallelFor, DoesNothingWithoutWork) {
  EXPECT_TRUE(ParallelFor(0, 4, [](int) { FAIL(); }).ok());
}

}  // namespace
}  // namespace hir
