// The bodies of train.h, compiled once per instruction set: a source file defines
// HIR_INSTRUCTION_SET and includes this. No library templates, as vector_math.h says.
#include "hir/kernels/dispatch.h"
#include "hir/kernels/train.h"
#include "hir/kernels/vector_math.h"

namespace hir::kernels {
namespace {

inline float InverseRms(float sum_of_squares, int64_t width, float eps) {
  return 1.0f / __builtin_sqrtf(sum_of_squares / static_cast<float>(width) + eps);
}

template <typename T>
float RowInverseRms(const T* x, int64_t width, float eps) {
  Floats squares = {};
  for (int64_t i = 0; i < width; i += kLanes) {
    const Floats v = Load(x + i, width - i);
    squares += v * v;
  }
  return InverseRms(Sum(squares), width, eps);
}

template <typename T>
void RmsNorm(const T* x, const float* weight, int64_t rows, int64_t width, float eps, T* out) {
  for (int64_t row = 0; row < rows; ++row, x += width, out += width) {
    const float scale = RowInverseRms(x, width, eps);
    for (int64_t i = 0; i < width; i += kLanes) {
      const int64_t n = width - i;
      Store(Load(x + i, n) * scale * Load(weight + i, n), n, out + i);
    }
  }
}

template <typename T>
void RmsNormGrad(const T* x, const float* weight, const T* dout, int64_t rows, int64_t width,
                 float eps, T* dx, float* dweight) {
  for (int64_t row = 0; row < rows; ++row, x += width, dout += width, dx += width) {
    const float scale = RowInverseRms(x, width, eps);
    Floats dots = {};
    for (int64_t i = 0; i < width; i += kLanes) {
      const int64_t n = width - i;
      const Floats normed = Load(x + i, n) * scale;
      const Floats d = Load(dout + i, n);
      dots += d * Load(weight + i, n) * normed;
      Store(Load(dweight + i, n) + d * normed, n, dweight + i);
    }
    const float mean = Sum(dots) / static_cast<float>(width);
    for (int64_t i = 0; i < width; i += kLanes) {
      const int64_t n = width - i;
      const Floats normed = Load(x + i, n) * scale;
      Store((Load(dout + i, n) * Load(weight + i, n) - normed * mean) * scale, n, dx + i);
    }
  }
}

template <typename T>
void Rope(const T* x, int64_t x_stride, const float* cosine, const float* sine, int64_t rows,
          int64_t heads, int64_t head_dim, float direction, T* out, int64_t out_stride) {
  const int64_t half = head_dim / 2;
  for (int64_t row = 0; row < rows; ++row, cosine += half, sine += half) {
    for (int64_t head = 0; head < heads; ++head) {
      const T* from = x + row * x_stride + head * head_dim;
      T* to = out + row * out_stride + head * head_dim;
      for (int64_t i = 0; i < half; i += kLanes) {
        const int64_t n = half - i;
        const Floats c = Load(cosine + i, n);
        const Floats s = Load(sine + i, n) * direction;
        const Floats a = Load(from + i, n);
        const Floats b = Load(from + half + i, n);
        Store(a * c - b * s, n, to + i);
        Store(b * c + a * s, n, to + half + i);
      }
    }
  }
}

// Both activations are x sigmoid(Argument(x)); Slope is the derivative of Argument.
struct SiluGate {
  static Floats Argument(Floats x) { return x; }
  static Floats Slope(Floats) { return Floats{} + 1.0f; }
};

struct GeluGate {
  static Floats Argument(Floats x) { return GeluArgument(x); }
  static Floats Slope(Floats x) {
    const Floats b = GeluBounded(x);
    return kGeluScale * (1.0f + 3 * kGeluCubic * b * b);
  }
};

template <typename T, typename Gate>
void Gated(const T* gate_up, int64_t rows, int64_t width, T* out) {
  for (int64_t row = 0; row < rows; ++row, gate_up += 2 * width, out += width) {
    for (int64_t i = 0; i < width; i += kLanes) {
      const int64_t n = width - i;
      const Floats gate = Load(gate_up + i, n);
      const Floats up = Load(gate_up + width + i, n);
      Store(gate * up / (1.0f + Exp(-Gate::Argument(gate))), n, out + i);
    }
  }
}

template <typename T, typename Gate>
void GatedGrad(const T* gate_up, const T* dout, int64_t rows, int64_t width, T* dgate_up) {
  for (int64_t row = 0; row < rows;
       ++row, gate_up += 2 * width, dgate_up += 2 * width, dout += width) {
    for (int64_t i = 0; i < width; i += kLanes) {
      const int64_t n = width - i;
      const Floats gate = Load(gate_up + i, n);
      const Floats up = Load(gate_up + width + i, n);
      const Floats d = Load(dout + i, n);
      const Floats sigmoid = 1.0f / (1.0f + Exp(-Gate::Argument(gate)));
      const Floats slope = Gate::Slope(gate);
      Store(d * up * sigmoid * (1.0f + gate * slope * (1.0f - sigmoid)), n, dgate_up + i);
      Store(d * gate * sigmoid, n, dgate_up + width + i);
    }
  }
}

// The columns [begin, end) that a row sees.
struct Columns {
  int64_t begin;
  int64_t end;
};

inline Columns Visible(const CausalRows& shape, int64_t row) {
  const int64_t visible = shape.first_visible + row % shape.period;
  const int64_t end = visible < shape.columns ? visible : shape.columns;
  return {shape.window > 0 && shape.window < end ? end - shape.window : 0, end};
}

// Writes exp(scale * scores - log_sum) in the columns that the row sees, 0 elsewhere.
template <typename T>
void Probabilities(T* scores, Columns seen, int64_t columns, float scale, float log_sum) {
  __builtin_memset(scores, 0, seen.begin * sizeof(T));
  for (int64_t i = seen.begin; i < seen.end; i += kLanes) {
    const int64_t n = seen.end - i;
    Store(Exp(Load(scores + i, n) * scale - log_sum), n, scores + i);
  }
  __builtin_memset(scores + seen.end, 0, (columns - seen.end) * sizeof(T));
}

template <typename T>
LineStatistics Statistics(const T* line, int64_t count, float factor) {
  Floats top = Floats{} - __builtin_inff();
  for (int64_t i = 0; i < count; i += kLanes) {
    top = Max(top, Load(line + i, count - i, -__builtin_inff()));
  }
  const float max = Largest(top);
  double sum = 0;
  constexpr int64_t kBlock = 1024;  // Partial sums in float32 stay exact enough.
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = begin + kBlock < count ? begin + kBlock : count;
    Floats sums = {};
    for (int64_t i = begin; i < end; i += kLanes) {
      const Floats z = (Load(line + i, end - i, max) - max) * factor;
      Floats e = Exp(z);
      for (int64_t lane = end - i; lane < kLanes; ++lane) e[lane] = 0;
      sums += e;
    }
    sum += Sum(sums);
  }
  return {max, static_cast<float>(__builtin_log(sum))};
}

template <typename T>
void Softmax(T* scores, const CausalRows& shape, float scale, float* log_sums) {
  for (int64_t row = 0; row < shape.rows; ++row, scores += shape.columns) {
    const Columns seen = Visible(shape, row);
    const LineStatistics line = Statistics(scores + seen.begin, seen.end - seen.begin, scale);
    log_sums[row] = line.max_logit * scale + line.log_sum;
    Probabilities(scores, seen, shape.columns, scale, log_sums[row]);
  }
}

template <typename T>
void SoftmaxGrad(T* scores, T* dprobs, const CausalRows& shape, float scale, const float* log_sums,
                 const float* dots) {
  for (int64_t row = 0; row < shape.rows; ++row, scores += shape.columns, dprobs += shape.columns) {
    Probabilities(scores, Visible(shape, row), shape.columns, scale, log_sums[row]);
    for (int64_t i = 0; i < shape.columns; i += kLanes) {
      const int64_t n = shape.columns - i;
      const Floats p = Load(scores + i, n);
      Store(p * (Load(dprobs + i, n) - dots[row]) * scale, n, dprobs + i);
    }
  }
}

template <typename T>
void LogProbGrad(const T* logits, int64_t count, float factor, const LineStatistics& line,
                 int64_t target, float dout, T* dlogits) {
  const float weight = dout * factor;
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t n = count - i;
    const Floats z = (Load(logits + i, n) - line.max_logit) * factor - line.log_sum;
    Floats d = -weight * Exp(z);
    if (target >= i && target < i + kLanes) d[target - i] += weight;
    Store(d, n, dlogits + i);
  }
}

template <typename T>
constexpr TrainKernels<T> kCompiled = {RmsNorm<T>,
                                       RmsNormGrad<T>,
                                       Rope<T>,
                                       Gated<T, SiluGate>,
                                       GatedGrad<T, SiluGate>,
                                       Gated<T, GeluGate>,
                                       GatedGrad<T, GeluGate>,
                                       Softmax<T>,
                                       SoftmaxGrad<T>,
                                       Statistics<T>,
                                       LogProbGrad<T>};

}  // namespace

// Each file that includes this defines two specializations of its own.
// NOLINTBEGIN(misc-definitions-in-headers)
template <>
const TrainKernels<float>& CompiledFor<TrainKernels<float>, InstructionSet::HIR_INSTRUCTION_SET>() {
  return kCompiled<float>;
}
template <>
const TrainKernels<Bf16>& CompiledFor<TrainKernels<Bf16>, InstructionSet::HIR_INSTRUCTION_SET>() {
  return kCompiled<Bf16>;
}
// NOLINTEND(misc-definitions-in-headers)

}  // namespace hir::kernels
