// Values of the kernels' types for tests.
#ifndef HIR_KERNELS_TESTING_H_
#define HIR_KERNELS_TESTING_H_

#include <cstdint>
#include <cstring>

#include "hir/kernels/bf16.h"

namespace hir::kernels {

inline double ToDouble(float x) { return x; }
inline double ToDouble(Bf16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

inline void Assign(float value, float& out) { out = value; }
// Truncates to bfloat16; the inputs need no rounding.
inline void Assign(float value, Bf16& out) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  out.bits = static_cast<uint16_t>(bits >> 16);
}

}  // namespace hir::kernels

#endif  // HIR_KERNELS_TESTING_H_
