// Two ranks of a process group as threads of one process, for tests.
#ifndef HIR_COLLECTIVE_TWO_RANKS_H_
#define HIR_COLLECTIVE_TWO_RANKS_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "hir/collective/process_group.h"
#include "hir/testing/free_local_address.h"

namespace hir {

// Torch's flight recorder is shared by all groups of a process and not locked, so two ranks in one
// process would race. Set before main(), while there is only one thread.
// NOLINTNEXTLINE(concurrency-mt-unsafe)
inline const int kFlightRecorderIsOff = setenv("TORCH_FR_BUFFER_SIZE", "0", /*overwrite=*/1);

using JoinGroup =
    std::function<absl::StatusOr<std::unique_ptr<ProcessGroup>>(const ProcessGroupOptions&)>;

// Runs `work` as two ranks at the same time and returns their results.
template <typename Work>
auto AsTwoRanks(const JoinGroup& join, Work work) {
  const std::string master = FreeLocalAddress();
  const auto run = [&](int rank) {
    auto group =
        join({.rank = rank, .size = 2, .master = master, .join_timeout = absl::Seconds(20)});
    EXPECT_TRUE(group.ok()) << group.status();
    if (!group.ok()) return std::invoke_result_t<Work, ProcessGroup&>();
    return work(**group);
  };
  auto second = std::async(std::launch::async, [&] { return run(1); });
  auto first = run(0);
  return std::make_pair(first, second.get());
}

}  // namespace hir

#endif  // HIR_COLLECTIVE_TWO_RANKS_H_
