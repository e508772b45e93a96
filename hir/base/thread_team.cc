#include "hir/base/thread_team.h"

#include <algorithm>

namespace hir {
namespace {

constexpr int kSpins = 256;   // Pauses of 10 to 40 ns.
constexpr int kYields = 200;  // System calls of about half a microsecond.

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Returns when `value` is no longer `old`.
void AwaitChange(const std::atomic<uint32_t>& value, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    Pause();
  }
  for (int i = 0; i < kYields; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    std::this_thread::yield();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadTeam::ThreadTeam(int size) : size_(size) {
  for (int member = 1; member < size; ++member) {
    threads_.emplace_back([this, member] { Work(member); });
  }
}

ThreadTeam::~ThreadTeam() {
  work_ = nullptr;
  runs_.fetch_add(1, std::memory_order_release);
  runs_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadTeam::Run(absl::FunctionRef<void(int)> work) {
  if (size_ > 1) {
    work_ = &work;
    runs_.fetch_add(1, std::memory_order_release);
    runs_.notify_all();
  }
  work(0);
  Barrier();
}

void ThreadTeam::Barrier() {
  if (size_ == 1) return;
  const uint32_t before = barriers_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < size_) {
    return AwaitChange(barriers_, before);
  }
  arrived_.store(0, std::memory_order_relaxed);
  barriers_.store(before + 1, std::memory_order_release);
  barriers_.notify_all();
}

void ThreadTeam::Work(int member) {
  for (uint32_t runs = 0;; ++runs) {
    AwaitChange(runs_, runs);
    if (work_ == nullptr) return;
    (*work_)(member);
    Barrier();
  }
}

Share ShareOf(int64_t count, int member, int size, int64_t multiple) {
  const int64_t units = (count + multiple - 1) / multiple;
  return {std::min(count, units * member / size * multiple),
          std::min(count, units * (member + 1) / size * multiple)};
}

}  // namespace hir
