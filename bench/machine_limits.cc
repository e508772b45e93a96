// Measures what bounds a decode step on this machine: how fast its threads read memory that no
// cache holds, and how many bfloat16 operations they do per second with everything in registers.
// The last line of the output is a JSON object.
#include <sys/mman.h>

#include <algorithm>
#include <barrier>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iostream>
#include <limits>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/bench_main.h"
#include "hir/base/status_macros.h"
#include "nlohmann/json.hpp"

ABSL_FLAG(int, threads, 2, "threads that read and compute");
ABSL_FLAG(int, repetitions, 9, "of which the best is reported");

namespace hir {
namespace {

constexpr int64_t kBytesPerThread = int64_t{256} << 20;  // Far more than a core's share of a cache.
constexpr int64_t kRounds = 1 << 24;                     // Of the arithmetic loop, per thread.
constexpr int kStreams[] = {1, 2, 4, 8};                 // Read at once by a thread; all are tried.

// Seconds that all threads together take for `work(thread)`, the best of the repetitions.
double BestSeconds(const std::function<void(int thread)>& work) {
  const int threads = absl::GetFlag(FLAGS_threads);
  absl::Duration best = absl::InfiniteDuration();
  for (int i = 0; i < absl::GetFlag(FLAGS_repetitions); ++i) {
    std::barrier together(threads);
    // By the threads' own clocks: another thread might be woken long after they have begun.
    std::vector<absl::Time> begun(threads), ended(threads);
    std::vector<std::thread> pool;
    for (int thread = 0; thread < threads; ++thread) {
      pool.emplace_back([&, thread] {
        together.arrive_and_wait();
        begun[thread] = absl::Now();
        work(thread);
        ended[thread] = absl::Now();
      });
    }
    for (std::thread& thread : pool) thread.join();
    best = std::min(best, *std::max_element(ended.begin(), ended.end()) -
                              *std::min_element(begun.begin(), begun.end()));
  }
  return absl::ToDoubleSeconds(best);
}

// Makes the compiler believe that the values at `memory` are needed.
inline void Keep(const void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

// Reads `bytes` as `streams` sequential streams at once, since the prefetchers of a processor
// follow several. Inlined into functions that are compiled for one instruction set each, as below.
template <int kWidth>
[[gnu::always_inline]] inline void ReadStreams(const char* memory, int64_t bytes, int streams) {
  typedef uint64_t Vector __attribute__((vector_size(kWidth)));
  constexpr int kAtOnce = 256 / kWidth;
  Vector sums[4] = {};
  const int64_t length = bytes / streams;
  for (int64_t i = 0; i + 256 <= length; i += 256) {
    for (int s = 0; s < streams; ++s) {
      const char* at = memory + s * length + i;
#pragma GCC unroll 16
      for (int v = 0; v < kAtOnce; ++v) {
        Vector value;
        std::memcpy(&value, at + v * kWidth, kWidth);
        sums[v % 4] ^= value;
      }
    }
  }
  Keep(sums);
}

// Independent chains of float32 multiply-adds, more than the units' latency hides.
template <int kWidth, int kChains>
[[gnu::always_inline]] inline void MultiplyFloats(int64_t rounds) {
  typedef float Vector __attribute__((vector_size(kWidth)));
  Vector sums[kChains];
  for (int c = 0; c < kChains; ++c)
    sums[c] = Vector{} + static_cast<float>(c);  // Equal ones would be merged.
  float factor = 0.5f;
  for (int64_t i = 0; i < rounds; ++i) {
    asm volatile("" : "+x"(factor));  // Unknown to the compiler, so that the loop stays.
    const Vector x = Vector{} + factor;
#pragma GCC unroll 16
    for (int c = 0; c < kChains; ++c) sums[c] = sums[c] * x + x;
  }
  Keep(sums);
}

// The loops for one kind of processor.
struct Loops {
  const char* arithmetic;
  void (*read)(const char* memory, int64_t bytes, int streams);
  void (*multiply)(int64_t rounds);
  double operations_per_round;  // Multiplications and additions.
};

void ReadPlain(const char* memory, int64_t bytes, int streams) {
  ReadStreams<16>(memory, bytes, streams);
}
void MultiplyPlain(int64_t rounds) { MultiplyFloats<16, 10>(rounds); }
constexpr Loops kPlain = {"float32", ReadPlain, MultiplyPlain, 10 * 4 * 2};

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void ReadAvx2(const char* memory, int64_t bytes, int streams) {
  ReadStreams<32>(memory, bytes, streams);
}
[[gnu::target("avx2,fma")]] void MultiplyAvx2(int64_t rounds) { MultiplyFloats<32, 10>(rounds); }
constexpr Loops kAvx2 = {"float32 by AVX2", ReadAvx2, MultiplyAvx2, 10 * 8 * 2};

[[gnu::target("avx512f")]] void ReadAvx512(const char* memory, int64_t bytes, int streams) {
  ReadStreams<64>(memory, bytes, streams);
}
[[gnu::target("avx512f")]] void MultiplyAvx512(int64_t rounds) { MultiplyFloats<64, 16>(rounds); }
constexpr Loops kAvx512 = {"float32 by AVX-512", ReadAvx512, MultiplyAvx512, 16 * 16 * 2};

[[gnu::target("avx512f,avx512bf16")]] void MultiplyBf16(int64_t rounds) {
  __m512 sums[16];
  for (int c = 0; c < 16; ++c) sums[c] = _mm512_set1_ps(static_cast<float>(c));
  __m512i factor = _mm512_set1_epi32(0x3f003f00);  // Two bfloat16 of 0.5.
  for (int64_t i = 0; i < rounds; ++i) {
    asm volatile("" : "+v"(factor));
#pragma GCC unroll 16
    for (int c = 0; c < 16; ++c) {
      sums[c] = _mm512_dpbf16_ps(sums[c], (__m512bh)factor, (__m512bh)factor);
    }
  }
  Keep(sums);
}
constexpr Loops kBf16 = {"bfloat16 by AVX-512", ReadAvx512, MultiplyBf16, 16 * 32 * 2};
#endif

Loops LoopsForThisProcessor() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bf16")) return kBf16;
  if (__builtin_cpu_supports("avx512f")) return kAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return kAvx2;
#endif
  return kPlain;
}

// Bytes per second.
absl::StatusOr<double> ReadBandwidth(const Loops& loops) {
  const int64_t bytes = absl::GetFlag(FLAGS_threads) * kBytesPerThread;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return absl::ErrnoToStatus(errno, "can't get memory to read");
  madvise(memory, bytes, MADV_HUGEPAGE);  // Best effort.
  std::memset(memory, 1, bytes);          // Untouched pages would all be the same page of zeros.
  double best = std::numeric_limits<double>::infinity();
  for (const int streams : kStreams) {
    best = std::min(best, BestSeconds([&](int thread) {
                      loops.read(static_cast<const char*>(memory) + thread * kBytesPerThread,
                                 kBytesPerThread, streams);
                    }));
  }
  munmap(memory, bytes);
  return static_cast<double>(bytes) / best;
}

// Multiplications and additions per second.
double ArithmeticPeak(const Loops& loops) {
  const double seconds = BestSeconds([&](int) { loops.multiply(kRounds); });
  return absl::GetFlag(FLAGS_threads) * static_cast<double>(kRounds) * loops.operations_per_round /
         seconds;
}

absl::Status Run() {
  if (absl::GetFlag(FLAGS_threads) < 1 || absl::GetFlag(FLAGS_repetitions) < 1) {
    return absl::InvalidArgumentError("--threads and --repetitions must be at least 1");
  }
  const Loops loops = LoopsForThisProcessor();
  HIR_ASSIGN_OR_RETURN(const double bandwidth, ReadBandwidth(loops));
  const nlohmann::json result = {{"read_bytes_per_second", bandwidth},
                                 {"operations_per_second", ArithmeticPeak(loops)},
                                 {"arithmetic", loops.arithmetic},
                                 {"threads", absl::GetFlag(FLAGS_threads)}};
  std::cout << result.dump() << std::endl;
  return absl::OkStatus();
}

}  // namespace
}  // namespace hir

int main(int argc, char** argv) { return hir::BenchMain(argc, argv, hir::Run); }
