// The bodies of decode.h, compiled once per instruction set: a source file defines
// HIR_INSTRUCTION_SET and includes this. No library templates, as vector_math.h says.
#include "hir/kernels/decode.h"
#include "hir/kernels/dispatch.h"
#include "hir/kernels/vector_math.h"

namespace hir::kernels {
namespace {

template <typename T>
float MaxOf(const T* x, int64_t count) {
  Floats max = Floats{} - __builtin_inff();
  for (int64_t i = 0; i < count; i += kLanes) {
    max = Max(Load(x + i, count - i, -__builtin_inff()), max);
  }
  return Largest(max);
}

inline SoftmaxSums SoftmaxSumsOf(const float* logits, int64_t count, float inverse_temperature,
                                 float* block_sums) {
  SoftmaxSums sums{MaxOf(logits, count), 0, 0};
  for (int64_t begin = 0; begin < count; begin += kSoftmaxBlock) {
    const int64_t end = begin + kSoftmaxBlock < count ? begin + kSoftmaxBlock : count;
    Floats sum{};
    Floats weighted{};
    for (int64_t i = begin; i < end; i += kLanes) {
      const Floats x = Load(logits + i, end - i, -__builtin_inff());
      const Floats z = (x - sums.max_logit) * inverse_temperature;
      const Floats e = Exp(z);
      sum += e;
      // A logit of minus infinity has no weight; its z must not make a NaN of 0 * infinity.
      weighted += e > 0 ? z * e : Floats{};
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
  Floats a{}, b{}, c{}, d{};
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
  Floats sum{};
  for (int64_t i = 0; i < padded; i += kLanes) {
    const Floats e = Exp(Load(scores + i) - max);
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
    Floats a = Load(out + d), b = Load(out + d + kLanes);
    Floats c = Load(out + d + 2 * kLanes), e = Load(out + d + 3 * kLanes);
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
  Floats squares{};
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t n = size - i;
    Floats v = Load(x + i, n);
    if (delta != nullptr) {
      v += Load(delta + i, n);
      Store(v, n, x + i);
      v = Load(x + i, n);
    }
    squares += v * v;
  }
  const float inverse = 1.0f / __builtin_sqrtf(Sum(squares) / static_cast<float>(size) + epsilon);
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t n = size - i;
    Store(Load(x + i, n) * inverse * Load(weight + i, n), n, out + i);
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
    const int64_t n = size - i;
    const Floats g = Load(gate_up + i, n);
    const Floats u = Load(up + i, n);
    const Floats low = Floats{} - 80.0f;
    const Floats product = g / (1.0f + Exp(g > low ? -g : -low)) * u;
    Store(product, n, out + i);
  }
}

template <typename T>
void StoreRow(const float* x, const T* bias, int64_t size, T* out) {
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t n = size - i;
    Floats v = Load(x + i, n);
    if (bias != nullptr) v += Load(bias + i, n);
    Store(v, n, out + i);
  }
}

template <typename T>
constexpr DecodeKernels<T> kCompiled = {SoftmaxSumsOf, Attend<T>,  AddRmsNorm<T>,
                                        Rope<T>,       SiluMul<T>, StoreRow<T>};

}  // namespace

// Each file that includes this defines two specializations of its own.
// NOLINTBEGIN(misc-definitions-in-headers)
template <>
const DecodeKernels<float>&
CompiledFor<DecodeKernels<float>, InstructionSet::HIR_INSTRUCTION_SET>() {
  return kCompiled<float>;
}
template <>
const DecodeKernels<Bf16>& CompiledFor<DecodeKernels<Bf16>, InstructionSet::HIR_INSTRUCTION_SET>() {
  return kCompiled<Bf16>;
}
// NOLINTEND(misc-definitions-in-headers)

}  // namespace hir::kernels
