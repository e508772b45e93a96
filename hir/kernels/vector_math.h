// Sixteen float32 lanes: what the bodies of the kernels are written in.
//
// Only for files that are compiled once per instruction set: everything is in an unnamed namespace
// and uses vector extensions and built-ins, no library templates, because an inline function shared
// between instruction sets could be linked from the wrong one. `T` is float or Bf16; a store rounds
// to nearest, ties to even.
#ifndef HIR_KERNELS_VECTOR_MATH_H_
#define HIR_KERNELS_VECTOR_MATH_H_

#include <cstdint>

#include "hir/kernels/bf16.h"

namespace hir::kernels {
namespace {

inline constexpr int64_t kLanes = 16;
typedef float Floats __attribute__((vector_size(64)));
typedef int32_t Ints __attribute__((vector_size(64)));
typedef uint32_t Words __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32)));

inline float ToFloat(float x) { return x; }
inline float ToFloat(Bf16 x) { return __builtin_bit_cast(float, uint32_t{x.bits} << 16); }

inline void FromFloat(float value, float* out) { *out = value; }
inline void FromFloat(float value, Bf16* out) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, value);
  out->bits = static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

inline Floats Load(const float* p) {
  Floats v;
  __builtin_memcpy(&v, p, sizeof(v));
  return v;
}
inline Floats Load(const Bf16* p) {
  Halves h;
  __builtin_memcpy(&h, p, sizeof(h));
  return (Floats)(__builtin_convertvector(h, Words) << 16);
}

inline void Store(Floats v, float* p) { __builtin_memcpy(p, &v, sizeof(v)); }
inline void Store(Floats v, Bf16* p) {
  const Words bits = (Words)v;
  const Halves h = __builtin_convertvector((bits + 0x7fff + ((bits >> 16) & 1)) >> 16, Halves);
  __builtin_memcpy(p, &h, sizeof(h));
}

// v as it would be after a store and a load.
template <typename T>
inline Floats Rounded(Floats v) {
  T stored[kLanes];
  Store(v, stored);
  return Load(stored);
}

// The first min(n, kLanes) values; the rest are `fill`.
template <typename T>
inline Floats Load(const T* p, int64_t n, float fill = 0) {
  if (n >= kLanes) return Load(p);
  Floats v = Floats{} + fill;
  for (int64_t i = 0; i < n; ++i) v[i] = ToFloat(p[i]);
  return v;
}
template <typename T>
inline void Store(Floats v, int64_t n, T* p) {
  if (n >= kLanes) return Store(v, p);
  for (int64_t i = 0; i < n; ++i) FromFloat(v[i], p + i);
}

inline float Sum(Floats v) {
  float sum = 0;
  for (int64_t i = 0; i < kLanes; ++i) sum += v[i];
  return sum;
}
inline Floats Max(Floats a, Floats b) { return a > b ? a : b; }
inline Floats Min(Floats a, Floats b) { return a < b ? a : b; }
inline float Largest(Floats v) {
  float largest = v[0];
  for (int64_t i = 1; i < kLanes; ++i) largest = v[i] > largest ? v[i] : largest;
  return largest;
}

inline constexpr float kGeluScale = 1.5957691216f;  // 2 sqrt(2 / pi).
inline constexpr float kGeluCubic = 0.044715f;

// Where |x| > 10, the sigmoid of GeluArgument(x) is 0 or 1 in float32; this keeps powers finite.
inline Floats GeluBounded(Floats x) { return Min(Max(x, Floats{} - 10.0f), Floats{} + 10.0f); }

// The z for which gelu(x), in its form with tanh, is x / (1 + e^-z), since (1 + tanh(u)) / 2 is the
// sigmoid of 2 u.
inline Floats GeluArgument(Floats x) {
  const Floats b = GeluBounded(x);
  return kGeluScale * b * (1.0f + kGeluCubic * b * b);
}

// e^x with a relative error below 3e-7: 2^n e^r with |r| <= ln 2 / 2 and a Taylor polynomial for
// e^r. 0 below -87; above 88 the value at 88.
inline Floats Exp(Floats x) {
  const Floats low = Floats{} - 87.0f;
  const Floats clamped = Min(Max(x, low), Floats{} + 88.0f);
  const Floats shifter = Floats{} + 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer.
  const Floats shifted = clamped * 1.44269504f + shifter;
  const Floats whole = shifted - shifter;
  const Floats r = (clamped - whole * 0.693359375f) + whole * 2.12194440e-4f;
  Floats p = r * (1.0f / 5040) + (1.0f / 720);
  p = p * r + (1.0f / 120);
  p = p * r + (1.0f / 24);
  p = p * r + (1.0f / 6);
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const Ints exponent = ((Ints)shifted - (Ints)shifter) << 23;
  const Floats power = (Floats)((Ints)p + exponent);
  return x < low ? Floats{} : power;
}

// x / (1 + e^-x).
inline Floats Silu(Floats x) {
  const Floats low = Floats{} - 80.0f;
  return x / (1.0f + Exp(x > low ? -x : -low));
}

// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
inline Floats GeluTanh(Floats x) { return x / (1.0f + Exp(-GeluArgument(x))); }

}  // namespace
}  // namespace hir::kernels

#endif  // HIR_KERNELS_VECTOR_MATH_H_
