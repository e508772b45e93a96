// A few threads that work in step: for computations that are a chain of short parallel operations.
#ifndef HIR_BASE_THREAD_TEAM_H_
#define HIR_BASE_THREAD_TEAM_H_

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"

namespace hir {

// The thread that calls Run() is a member of the team, so a team of one has no thread of its own.
// Members that wait for each other spin for some microseconds, then yield to other threads, and
// sleep after about a tenth of a millisecond: a chain of operations never waits for the scheduler
// where every member has a core, goes on where there are fewer cores, and an idle team costs
// nothing. Not thread-safe: one Run() at a time.
class ThreadTeam {
 public:
  // REQUIRES: size >= 1.
  explicit ThreadTeam(int size);
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;
  ~ThreadTeam();

  int size() const { return size_; }

  // Calls work(member) once for each member in [0, size()), 0 on the caller's thread, and returns
  // when all calls have returned. `work` must not throw.
  void Run(absl::FunctionRef<void(int member)> work);

  // For use in `work` by all members alike: returns when all of them have called it.
  void Barrier();

 private:
  void Work(int member);

  const int size_;
  std::vector<std::thread> threads_;
  const absl::FunctionRef<void(int)>* work_ = nullptr;  // Null: the team ends.
  std::atomic<uint32_t> runs_{0};                       // Counts calls of Run().
  std::atomic<int> arrived_{0};                         // Members at the current barrier.
  std::atomic<uint32_t> barriers_{0};                   // Counts barriers that all have reached.
};

// The part of [0, count) that `member` of `size` members computes: parts follow each other, differ
// by at most `multiple`, and begin at multiples of it.
struct Share {
  int64_t begin;
  int64_t end;
};
Share ShareOf(int64_t count, int member, int size, int64_t multiple = 1);

}  // namespace hir

#endif  // HIR_BASE_THREAD_TEAM_H_
