// The bodies of decode.h, compiled once per instruction set: a source file defines
// HIR_INSTRUCTION_SET and includes this. No library templates, as vector_math.h says.
#include "hir/kernels/decode.h"
#include "hir/kernels/dispatch.h"
#include "hir/kernels/tile.h"
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

// The scratch of `attend`: `heads` queries of one head each.
template <typename T>
struct AttentionParts {
  AttentionParts(const Attention<T>& a, void* scratch)
      : heads(int64_t{a.rows} * a.group),
        scores(static_cast<float*>(scratch)),
        values(scores + heads * a.segment_count * kPageTokens),
        totals(values + heads * a.head_size),
        queries(reinterpret_cast<T*>(totals + heads)) {}
  float* ScoresOf(int64_t segment, int64_t head) const {
    return scores + (segment * heads + head) * kPageTokens;
  }

  int64_t heads;
  float* scores;  // [segments, heads, kPageTokens]
  float* values;  // [heads, head_size]
  float* totals;  // [heads]
  T* queries;     // [heads, head_size]
};

// The tokens of a page up to the last valid one, in whole vectors.
template <typename T>
int PaddedTokens(const KvSegment<T>& segment) {
  return (segment.tokens + static_cast<int>(kLanes) - 1) / static_cast<int>(kLanes) *
         static_cast<int>(kLanes);
}

// Queries whose scores are computed together. A head is short, so every sum has two chains, of even
// and of odd groups of elements: with one, the time would be that of the additions' latency.
inline constexpr int64_t kScoreRows = kWidth == 16 ? 3 : 2;
inline constexpr int kScoreVectors = kWidth == 16 ? 4 : 2;

// Scores of `rows` queries for as many tokens as `vectors` have.
template <typename T, int rows, int vectors>
void ScoreTile(const T* queries, int64_t head_size, const T* keys, float* scores) {
  constexpr int64_t kGroup = kPackedInputs<T>;
  constexpr int64_t kStep = kPageTokens * kGroup;
  Wide even[rows][vectors] = {};
  Wide odd[rows][vectors] = {};
  int64_t i = 0;
  for (; i + 2 * kGroup <= head_size; i += 2 * kGroup) {
    const T* key = keys + i * kPageTokens;
    AddGroup<rows, vectors>(queries + i, head_size, key, even);
    AddGroup<rows, vectors>(queries + i + kGroup, head_size, key + kStep, odd);
  }
  if (i < head_size) {
    AddGroup<rows, vectors>(queries + i, head_size, keys + i * kPageTokens, even);
  }
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v) {
      const Wide sum = even[r][v] + odd[r][v];
      __builtin_memcpy(scores + r * kPageTokens + v * kWidth, &sum, sizeof(sum));
    }
  }
}

template <typename T, int rows>
void ScoreRows(const T* queries, int64_t head_size, const T* keys, int tokens, float* scores) {
  constexpr int kHalf = kScoreVectors / 2;
  int t = 0;
  for (; t + kScoreVectors * kWidth <= tokens; t += kScoreVectors * kWidth) {
    ScoreTile<T, rows, kScoreVectors>(queries, head_size, keys + t * kPackedInputs<T>, scores + t);
  }
  for (; t + kHalf * kWidth <= tokens; t += kHalf * kWidth) {
    ScoreTile<T, rows, kHalf>(queries, head_size, keys + t * kPackedInputs<T>, scores + t);
  }
  for (; t < tokens; t += kWidth) {
    ScoreTile<T, rows, 1>(queries, head_size, keys + t * kPackedInputs<T>, scores + t);
  }
}

// Scores of all queries over one page.
template <typename T>
void PageScores(const Attention<T>& a, const AttentionParts<T>& parts, int64_t segment) {
  const T* keys = a.segments[segment].keys;
  const int tokens = PaddedTokens(a.segments[segment]);
  for (int64_t h = 0; h < parts.heads; h += kScoreRows) {
    const int64_t rows = parts.heads - h < kScoreRows ? parts.heads - h : kScoreRows;
    const T* queries = parts.queries + h * a.head_size;
    float* scores = parts.ScoresOf(segment, h);
    if (rows == 1) {
      ScoreRows<T, 1>(queries, a.head_size, keys, tokens, scores);
    } else if (rows == 2) {
      ScoreRows<T, 2>(queries, a.head_size, keys, tokens, scores);
    } else {
      ScoreRows<T, kScoreRows>(queries, a.head_size, keys, tokens, scores);
    }
  }
}

// Turns the scores of query `head` into weights exp(scale (score - max)), those of tokens after the
// first `visible` and before the window into 0.
template <typename T>
void SoftmaxInPlace(const Attention<T>& a, const AttentionParts<T>& parts, int64_t head,
                    int64_t visible) {
  Floats largest = Floats{} - __builtin_inff();
  int64_t first = 0;  // Of the segment, in the context.
  for (int64_t s = 0; s < a.segment_count; ++s) {
    float* scores = parts.ScoresOf(s, head);
    const int64_t seen = visible - first;
    const int tokens = a.segments[s].tokens;
    const int valid = seen < tokens ? (seen > 0 ? static_cast<int>(seen) : 0) : tokens;
    const int padded = PaddedTokens(a.segments[s]);
    for (int t = valid; t < padded; ++t) scores[t] = -__builtin_inff();
    const int64_t before = a.window > 0 ? visible - a.window - first : 0;
    for (int t = 0; t < before && t < valid; ++t) scores[t] = -__builtin_inff();
    for (int t = 0; t < padded; t += kLanes) largest = Max(Load(scores + t), largest);
    first += tokens;
  }
  const float max = Largest(largest);
  Floats sum{};
  for (int64_t s = 0; s < a.segment_count; ++s) {
    float* scores = parts.ScoresOf(s, head);
    const int padded = PaddedTokens(a.segments[s]);
    for (int t = 0; t < padded; t += kLanes) {
      const Floats e = Exp((Load(scores + t) - max) * a.scale);
      Store(e, scores + t);
      sum += e;
    }
  }
  parts.totals[head] = Sum(sum);
}

// out [rows, width] += weights [rows, tokens] times values [tokens, width] at `vectors` vectors.
template <typename T, int rows, int vectors>
void AddValuesTile(const float* weights, const T* values, int tokens, int64_t width, float* out) {
  Floats sums[rows][vectors];
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v) sums[r][v] = Load(out + r * width + v * kLanes);
  }
  for (int t = 0; t < tokens; ++t) {
    Floats value[vectors];
    for (int v = 0; v < vectors; ++v) value[v] = Load(values + t * width + v * kLanes);
    for (int r = 0; r < rows; ++r) {
      const Floats weight = Floats{} + weights[r * kPageTokens + t];
      for (int v = 0; v < vectors; ++v) sums[r][v] += weight * value[v];
    }
  }
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v) Store(sums[r][v], out + r * width + v * kLanes);
  }
}

template <typename T, int rows>
void AddValuesRows(const float* weights, const T* values, int tokens, int64_t width, float* out) {
  constexpr int kVectors = kWidth == kLanes ? 4 : 1;
  int64_t d = 0;
  for (; d + kVectors * kLanes <= width; d += kVectors * kLanes) {
    AddValuesTile<T, rows, kVectors>(weights, values + d, tokens, width, out + d);
  }
  for (; d + kLanes <= width; d += kLanes) {
    AddValuesTile<T, rows, 1>(weights, values + d, tokens, width, out + d);
  }
  for (int r = 0; r < rows; ++r) {
    for (int t = 0; t < tokens; ++t) {
      for (int64_t i = d; i < width; ++i) {
        out[r * width + i] += weights[r * kPageTokens + t] * ToFloat(values[t * width + i]);
      }
    }
  }
}

template <typename T, int most = kTileRows>
void AddValues(int64_t rows, const float* weights, const T* values, int tokens, int64_t width,
               float* out) {
  if constexpr (most > 1) {
    if (rows < most) return AddValues<T, most - 1>(rows, weights, values, tokens, width, out);
  }
  AddValuesRows<T, most>(weights, values, tokens, width, out);
}

template <typename T>
void Attend(const Attention<T>& a, void* scratch) {
  const AttentionParts<T> parts(a, scratch);
  const int64_t row_elements = int64_t{a.group} * a.head_size;
  int64_t context = 0;
  for (int64_t s = 0; s < a.segment_count; ++s) context += a.segments[s].tokens;
  for (int r = 0; r < a.rows; ++r) {
    __builtin_memcpy(parts.queries + r * row_elements, a.queries + r * a.query_stride,
                     row_elements * sizeof(T));
  }
  for (int64_t s = 0; s < a.segment_count; ++s) PageScores(a, parts, s);
  for (int64_t h = 0; h < parts.heads; ++h) {
    SoftmaxInPlace(a, parts, h, context - (a.rows - 1 - h / a.group));
  }
  for (int64_t i = 0; i < parts.heads * a.head_size; ++i) parts.values[i] = 0;
  for (int64_t s = 0; s < a.segment_count; ++s) {
    for (int64_t h = 0; h < parts.heads; h += kTileRows) {
      AddValues<T>(parts.heads - h < kTileRows ? parts.heads - h : kTileRows, parts.ScoresOf(s, h),
                   a.segments[s].values, a.segments[s].tokens, a.head_size,
                   parts.values + h * a.head_size);
    }
  }
  for (int64_t h = 0; h < parts.heads; ++h) {
    const float inverse = 1.0f / parts.totals[h];
    const float* values = parts.values + h * a.head_size;
    T* out = a.out + h / a.group * a.out_stride + h % a.group * a.head_size;
    for (int64_t i = 0; i < a.head_size; i += kLanes) {
      const int64_t n = a.head_size - i;
      Store(Load(values + i, n) * inverse, n, out + i);
    }
  }
}

template <typename T>
void RmsNorm(const T* x, const float* weight, int64_t size, float epsilon, T* out) {
  Floats squares{};
  for (int64_t i = 0; i < size; i += kLanes) {
    const Floats v = Load(x + i, size - i);
    squares += v * v;
  }
  const float inverse = 1.0f / __builtin_sqrtf(Sum(squares) / static_cast<float>(size) + epsilon);
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t n = size - i;
    Store(Load(x + i, n) * inverse * Load(weight + i, n), n, out + i);
  }
}

template <typename T>
void Scale(T* x, float factor, int64_t size) {
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t n = size - i;
    Store(Load(x + i, n) * factor, n, x + i);
  }
}

template <typename T>
void Add(T* x, const T* delta, int64_t size) {
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t n = size - i;
    Store(Load(x + i, n) + Load(delta + i, n), n, x + i);
  }
}

template <typename T>
void Rope(T* x, const float* cosine, const float* sine, int head_size) {
  const int half = head_size / 2;
  for (int i = 0; i < half; i += kLanes) {
    const int64_t n = half - i;
    const Floats a = Load(x + i, n), b = Load(x + i + half, n);
    const Floats c = Load(cosine + i, n), s = Load(sine + i, n);
    Store(a * c - b * s, n, x + i);
    Store(b * c + a * s, n, x + i + half);
  }
}

template <typename T>
constexpr DecodeKernels<T> kCompiled = {SoftmaxSumsOf, Attend<T>, RmsNorm<T>,
                                        Scale<T>,      Add<T>,    Rope<T>};

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
