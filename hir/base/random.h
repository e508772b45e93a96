// Counter-based random numbers: a pure function of a key and a position, so that a draw does not
// depend on the thread, the worker or the batch that makes it.
//
// Source: Philox4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
#ifndef HIR_BASE_RANDOM_H_
#define HIR_BASE_RANDOM_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace hir {

// Philox4x32 with 10 rounds: four words from a counter and a key.
std::array<uint32_t, 4> Philox(const std::array<uint32_t, 4>& counter,
                               const std::array<uint32_t, 2>& key);

// A stable 64-bit seed of a name (first eight bytes of its SHA-256, little endian).
uint64_t SeedOfName(std::string_view name);

// Uniform draw in [0, 1) with 53 bits for (seed, task, sample, position).
// All bits of every argument count.
double UniformAt(uint64_t seed, uint64_t task, uint32_t sample, uint32_t position);

// A sequential generator over one stream, for shuffles and data generation.
// Meets UniformRandomBitGenerator. Not thread-safe.
class CounterRandom {
 public:
  using result_type = uint64_t;
  CounterRandom(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}

  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return UINT64_MAX; }
  uint64_t operator()();

  // Uniform integer in [0, n), without modulo bias. n > 0.
  uint64_t Below(uint64_t n);
  // Uniform in [0, 1).
  double Uniform();

 private:
  uint64_t seed_;
  uint64_t stream_;
  uint64_t position_ = 0;
};

}  // namespace hir

#endif  // HIR_BASE_RANDOM_H_
