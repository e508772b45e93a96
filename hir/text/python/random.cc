#include "hir/text/python/random.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace hir::python {

PythonRandom::PythonRandom(uint32_t seed) {
  state_[0] = 19650218;
  for (uint32_t i = 1; i < kWords; ++i) {
    state_[i] = 1812433253U * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
  }
  // init_by_array with the seed as its only key word; each time the index wraps round, the last
  // word is copied to position 0.
  size_t i = 1;
  const auto advance = [&] {
    if (++i < kWords) return;
    state_[0] = state_[kWords - 1];
    i = 1;
  };
  for (size_t step = 0; step < kWords; ++step) {
    state_[i] = (state_[i] ^ (state_[i - 1] ^ state_[i - 1] >> 30) * 1664525U) + seed;
    advance();
  }
  for (size_t step = 1; step < kWords; ++step) {
    state_[i] = (state_[i] ^ (state_[i - 1] ^ state_[i - 1] >> 30) * 1566083941U) -
                static_cast<uint32_t>(i);
    advance();
  }
  state_[0] = 0x80000000U;
}

void PythonRandom::Refill() {
  constexpr size_t kAhead = 397;
  constexpr uint32_t kUpper = 0x80000000U;
  const auto mix = [this](size_t i, size_t following, size_t ahead) {
    const uint32_t word = (state_[i] & kUpper) | (state_[following] & ~kUpper);
    state_[i] = state_[ahead] ^ word >> 1 ^ ((word & 1) != 0 ? 0x9908B0DFU : 0);
  };
  for (size_t i = 0; i < kWords - kAhead; ++i) mix(i, i + 1, i + kAhead);
  for (size_t i = kWords - kAhead; i < kWords - 1; ++i) mix(i, i + 1, i + kAhead - kWords);
  mix(kWords - 1, 0, kAhead - 1);
  next_ = 0;
}

uint32_t PythonRandom::Next() {
  if (next_ == kWords) Refill();
  uint32_t word = state_[next_++];
  word ^= word >> 11;
  word ^= word << 7 & 0x9D2C5680U;
  word ^= word << 15 & 0xEFC60000U;
  return word ^ word >> 18;
}

double PythonRandom::Uniform() {
  const uint32_t high = Next() >> 5;
  const uint32_t low = Next() >> 6;
  return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0);
}

double PythonRandom::Gauss() {
  if (kept_gauss_.has_value()) {
    const double kept = *kept_gauss_;
    kept_gauss_.reset();
    return kept;
  }
  const double angle = Uniform() * (2.0 * std::numbers::pi);
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
  kept_gauss_ = std::sin(angle) * radius;
  return std::cos(angle) * radius;
}

uint32_t PythonRandom::Index(uint32_t size) {
  const int bits = std::bit_width(size);
  uint32_t index = Bits(bits);
  while (index >= size) index = Bits(bits);
  return index;
}

}  // namespace hir::python
