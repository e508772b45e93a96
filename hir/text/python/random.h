// CPython's random.Random: the Mersenne Twister MT19937 with Python's distributions, so that a
// seeded Python program can be reproduced draw by draw.
//
// Source: Matsumoto and Nishimura, "Mersenne Twister" (1998), seeded with init_by_array, and the
// distributions of CPython 3.11's random module.
#ifndef HIR_TEXT_PYTHON_RANDOM_H_
#define HIR_TEXT_PYTHON_RANDOM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace hir::python {

// A copy continues independently from the same state. Not thread-safe.
class PythonRandom {
 public:
  // random.Random(seed). Costs microseconds; copying a seeded one costs far less.
  explicit PythonRandom(uint32_t seed);

  // getrandbits(bits). REQUIRES: 1 <= bits <= 32.
  uint32_t Bits(int bits) { return Next() >> (32 - bits); }
  // random(): uniform in [0, 1), 53 bits.
  double Uniform();
  // gauss(0, 1). Draws in pairs: every second call returns a value kept from the one before.
  double Gauss();
  // The index that choice() draws among `size` items. REQUIRES: 1 <= size. Draws until a value is
  // in range, at worst twice on average.
  uint32_t Index(uint32_t size);

 private:
  static constexpr size_t kWords = 624;

  uint32_t Next();
  void Refill();

  std::array<uint32_t, kWords> state_;
  size_t next_ = kWords;
  std::optional<double> kept_gauss_;
};

}  // namespace hir::python

#endif  // HIR_TEXT_PYTHON_RANDOM_H_
