// The bodies of kernels.h, compiled once an instruction set: a source file defines
// HIR_KERNEL_FACTORY and includes this. Only vector extensions and built-ins are used, no library
// templates: an inline function shared between instruction sets could be linked from the wrong one.
#include "hir/generate/kernels.h"

namespace hir {
namespace {

constexpr int kLanes = 16;
typedef float Float16 __attribute__((vector_size(64)));
typedef int32_t Int16 __attribute__((vector_size(64)));
typedef uint32_t Uint16 __attribute__((vector_size(64)));
typedef uint16_t Half16 __attribute__((vector_size(32)));

inline float ToFloat(float x) { return x; }
inline float ToFloat(Bf16 x) { return __builtin_bit_cast(float, uint32_t{x.bits} << 16); }

inline void FromFloat(float value, float* out) { *out = value; }
inline void FromFloat(float value, Bf16* out) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, value);
  out->bits = static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

inline Float16 Load(const float* p) {
  Float16 v;
  __builtin_memcpy(&v, p, sizeof(v));
  return v;
}
inline Float16 Load(const Bf16* p) {
  Half16 h;
  __builtin_memcpy(&h, p, sizeof(h));
  return __builtin_bit_cast(Float16, __builtin_convertvector(h, Uint16) << 16);
}

inline void Store(Float16 v, float* p) { __builtin_memcpy(p, &v, sizeof(v)); }
inline void Store(Float16 v, Bf16* p) {
  const Uint16 bits = __builtin_bit_cast(Uint16, v);
  const Half16 h = __builtin_convertvector((bits + 0x7fff + ((bits >> 16) & 1)) >> 16, Half16);
  __builtin_memcpy(p, &h, sizeof(h));
}

// The first n < kLanes values; the rest take `fill`.
template <typename T>
inline Float16 LoadSome(const T* p, int64_t n, float fill) {
  Float16 v = Float16{} + fill;
  for (int64_t i = 0; i < n; ++i) v[i] = ToFloat(p[i]);
  return v;
}
template <typename T>
inline void StoreSome(Float16 v, int64_t n, T* p) {
  for (int64_t i = 0; i < n; ++i) FromFloat(v[i], p + i);
}

inline float Sum(Float16 v) {
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += v[i];
  return sum;
}
inline Float16 Max(Float16 a, Float16 b) { return a > b ? a : b; }
inline float MaxLane(Float16 v) {
  float max = v[0];
  for (int i = 1; i < kLanes; ++i) max = v[i] > max ? v[i] : max;
  return max;
}

// exp(x) for x <= 88: 2^n e^r with |r| <= ln 2 / 2 and a Taylor polynomial of degree 7 for e^r
// (remainder below 6e-9 there). Below -87 the result is 0.
inline Float16 Exp(Float16 x) {
  const Float16 low = Float16{} - 87.0f;
  const Float16 clamped = x > low ? x : low;
  const Float16 scaled = clamped * 1.44269504f;
  const Int16 n =
      __builtin_convertvector(scaled + (scaled > 0 ? Float16{} + 0.5f : Float16{} - 0.5f), Int16);
  const Float16 whole = __builtin_convertvector(n, Float16);
  const Float16 r = (clamped - whole * 0.693359375f) - whole * -2.12194440e-4f;
  Float16 p = Float16{} + 1.98412698e-4f;
  p = p * r + 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const Float16 power = __builtin_bit_cast(Float16, (n + 127) << 23);
  return x > low ? p * power : Float16{};
}

template <typename T>
float MaxOf(const T* x, int64_t count) {
  Float16 max = Float16{} - __builtin_inff();
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) max = Max(Load(x + i), max);
  if (i < count) max = Max(LoadSome(x + i, count - i, -__builtin_inff()), max);
  return MaxLane(max);
}

template <typename T>
SoftmaxSums SoftmaxSumsOf(const T* logits, int64_t count, float inverse_temperature,
                          float* block_sums) {
  SoftmaxSums sums{MaxOf(logits, count), 0, 0};
  for (int64_t begin = 0; begin < count; begin += kSoftmaxBlock) {
    const int64_t end = begin + kSoftmaxBlock < count ? begin + kSoftmaxBlock : count;
    Float16 sum{};
    Float16 weighted{};
    for (int64_t i = begin; i < end; i += kLanes) {
      const Float16 x =
          i + kLanes <= end ? Load(logits + i) : LoadSome(logits + i, end - i, -__builtin_inff());
      const Float16 z = (x - sums.max_logit) * inverse_temperature;
      const Float16 e = Exp(z);
      sum += e;
      // A logit of minus infinity has no weight; its z must not make a NaN of 0 * infinity.
      weighted += e > 0 ? z * e : Float16{};
    }
    block_sums[begin / kSoftmaxBlock] = Sum(sum);
    sums.sum_exp += Sum(sum);
    sums.sum_z_exp += Sum(weighted);
  }
  return sums;
}

// Scores of one query head over one transposed page.
template <typename T>
inline void PageScores(const T* query, int head_size, const T* keys, float scale, float* scores) {
  Float16 a{}, b{}, c{}, d{};
  for (int i = 0; i < head_size; ++i) {
    const float q = ToFloat(query[i]);
    const T* row = keys + static_cast<int64_t>(i) * kPageTokens;
    a += q * Load(row);
    b += q * Load(row + kLanes);
    c += q * Load(row + 2 * kLanes);
    d += q * Load(row + 3 * kLanes);
  }
  Store(a * scale, scores);
  Store(b * scale, scores + kLanes);
  Store(c * scale, scores + 2 * kLanes);
  Store(d * scale, scores + 3 * kLanes);
}

// Turns scores [tokens] into weights exp(score - max), zero up to the padded end; returns their
// sum.
inline float SoftmaxInPlace(float* scores, int64_t padded) {
  const float max = MaxOf(scores, padded);
  Float16 sum{};
  for (int64_t i = 0; i < padded; i += kLanes) {
    const Float16 e = Exp(Load(scores + i) - max);
    Store(e, scores + i);
    sum += e;
  }
  return Sum(sum);
}

template <typename T>
inline void AddValues(const float* weights, const T* values, int tokens, int head_size,
                      float* out) {
  int d = 0;
  for (; d + 4 * kLanes <= head_size; d += 4 * kLanes) {
    Float16 a = Load(out + d), b = Load(out + d + kLanes);
    Float16 c = Load(out + d + 2 * kLanes), e = Load(out + d + 3 * kLanes);
    for (int t = 0; t < tokens; ++t) {
      const T* row = values + static_cast<int64_t>(t) * head_size + d;
      a += weights[t] * Load(row);
      b += weights[t] * Load(row + kLanes);
      c += weights[t] * Load(row + 2 * kLanes);
      e += weights[t] * Load(row + 3 * kLanes);
    }
    Store(a, out + d);
    Store(b, out + d + kLanes);
    Store(c, out + d + 2 * kLanes);
    Store(e, out + d + 3 * kLanes);
  }
  for (int t = 0; t < tokens; ++t) {
    for (int i = d; i < head_size; ++i) {
      out[i] += weights[t] * ToFloat(values[static_cast<int64_t>(t) * head_size + i]);
    }
  }
}

template <typename T>
void Attend(const T* queries, int group, int head_size, const KvSegment<T>* segments,
            int segment_count, float scale, float* scratch, T* out) {
  const int64_t padded = static_cast<int64_t>(segment_count) * kPageTokens;
  float* sums = scratch + group * padded;
  for (int s = 0; s < segment_count; ++s) {
    for (int g = 0; g < group; ++g) {
      float* scores = scratch + g * padded + s * kPageTokens;
      PageScores(queries + g * head_size, head_size, segments[s].keys, scale, scores);
      for (int t = segments[s].tokens; t < kPageTokens; ++t) scores[t] = -__builtin_inff();
    }
  }
  for (int64_t i = 0; i < static_cast<int64_t>(group) * head_size; ++i) sums[i] = 0;
  float* totals = sums + static_cast<int64_t>(group) * head_size;
  for (int g = 0; g < group; ++g) totals[g] = SoftmaxInPlace(scratch + g * padded, padded);
  for (int s = 0; s < segment_count; ++s) {
    for (int g = 0; g < group; ++g) {
      AddValues(scratch + g * padded + s * kPageTokens, segments[s].values, segments[s].tokens,
                head_size, sums + g * head_size);
    }
  }
  for (int g = 0; g < group; ++g) {
    const float inverse = 1.0f / totals[g];
    for (int i = 0; i < head_size; ++i) {
      FromFloat(sums[g * head_size + i] * inverse, out + g * head_size + i);
    }
  }
}

template <typename T>
void AddRmsNorm(T* x, const T* delta, const T* weight, int64_t size, float epsilon, T* out) {
  Float16 squares{};
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t n = size - i < kLanes ? size - i : kLanes;
    Float16 v = n == kLanes ? Load(x + i) : LoadSome(x + i, n, 0);
    if (delta != nullptr) {
      v += n == kLanes ? Load(delta + i) : LoadSome(delta + i, n, 0);
      n == kLanes ? Store(v, x + i) : StoreSome(v, n, x + i);
      v = n == kLanes ? Load(x + i) : LoadSome(x + i, n, 0);
    }
    squares += v * v;
  }
  const float inverse = 1.0f / __builtin_sqrtf(Sum(squares) / static_cast<float>(size) + epsilon);
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t n = size - i < kLanes ? size - i : kLanes;
    if (n == kLanes) {
      Store(Load(x + i) * inverse * Load(weight + i), out + i);
    } else {
      StoreSome(LoadSome(x + i, n, 0) * inverse * LoadSome(weight + i, n, 0), n, out + i);
    }
  }
}

template <typename T>
void Rope(T* x, const float* cosine, const float* sine, int head_size) {
  const int half = head_size / 2;
  for (int i = 0; i < half; ++i) {
    const float a = ToFloat(x[i]);
    const float b = ToFloat(x[i + half]);
    FromFloat(a * cosine[i] - b * sine[i], x + i);
    FromFloat(b * cosine[i] + a * sine[i], x + i + half);
  }
}

template <typename T>
void SiluMul(const T* gate_up, int64_t size, T* out) {
  const T* up = gate_up + size;
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t n = size - i < kLanes ? size - i : kLanes;
    const Float16 g = n == kLanes ? Load(gate_up + i) : LoadSome(gate_up + i, n, 0);
    const Float16 u = n == kLanes ? Load(up + i) : LoadSome(up + i, n, 0);
    const Float16 low = Float16{} - 80.0f;
    const Float16 product = g / (1.0f + Exp(g > low ? -g : -low)) * u;
    n == kLanes ? Store(product, out + i) : StoreSome(product, n, out + i);
  }
}

template <typename T>
void StoreRow(const float* x, const T* bias, int64_t size, T* out) {
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t n = size - i < kLanes ? size - i : kLanes;
    Float16 v = n == kLanes ? Load(x + i) : LoadSome(x + i, n, 0);
    if (bias != nullptr) v += n == kLanes ? Load(bias + i) : LoadSome(bias + i, n, 0);
    n == kLanes ? Store(v, out + i) : StoreSome(v, n, out + i);
  }
}

template <typename T>
constexpr RowKernels<T> kKernels{&SoftmaxSumsOf<T>, &Attend<T>,  &AddRmsNorm<T>,
                                 &Rope<T>,          &SiluMul<T>, &StoreRow<T>};

}  // namespace

const RowKernels<float>& HIR_KERNEL_FACTORY(float) { return kKernels<float>; }
const RowKernels<Bf16>& HIR_KERNEL_FACTORY(Bf16) { return kKernels<Bf16>; }

}  // namespace hir
