#include "hir/model/rope.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <variant>

namespace hir {
namespace {

// theta^(-2i / D).
std::vector<double> PlainFrequencies(int64_t head_dim, double theta) {
  std::vector<double> frequencies;
  for (int64_t i = 0; i < head_dim / 2; ++i) {
    frequencies.push_back(
        std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_dim)));
  }
  return frequencies;
}

std::vector<double> Divided(std::vector<double> frequencies, const std::vector<double>& factors) {
  for (size_t i = 0; i < frequencies.size(); ++i) frequencies[i] /= factors[i];
  return frequencies;
}

// Source: the NTK-aware base that grows with the length, as Hugging Face's "dynamic" has it:
// theta (f n / m - (f - 1))^(D / (D - 2)) for n tokens, m of which were trained with.
double DynamicTheta(const Architecture& a, const DynamicRopeScaling& rope, int64_t length) {
  const double ratio =
      static_cast<double>(length) / static_cast<double>(rope.original_max_position);
  const double dim = static_cast<double>(a.head_dim);
  return a.rope_theta * std::pow(rope.factor * ratio - (rope.factor - 1), dim / (dim - 2));
}

// The dimension whose wave makes `turns` turns in the original length.
double YarnDimension(const Architecture& a, const YarnRopeScaling& rope, double turns) {
  return static_cast<double>(a.head_dim) *
         std::log(static_cast<double>(rope.original_max_position) /
                  (turns * 2 * std::numbers::pi)) /
         (2 * std::log(a.rope_theta));
}

// Source: YaRN (arXiv 2309.00071), with the bounds of Hugging Face's "yarn".
std::vector<double> Scaled(std::vector<double> frequencies, const Architecture& a,
                           const YarnRopeScaling& rope) {
  double low = YarnDimension(a, rope, rope.beta_fast);
  double high = YarnDimension(a, rope, rope.beta_slow);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(a.head_dim - 1));
  if (low == high) high += 0.001;
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const double divided = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    frequencies[i] *= divided / rope.factor + (1 - divided);
  }
  return frequencies;
}

// Source: Llama 3.1, Hugging Face's "llama3".
std::vector<double> Scaled(std::vector<double> frequencies, const Llama3RopeScaling& rope) {
  for (double& frequency : frequencies) {
    const double turns =
        static_cast<double>(rope.original_max_position) * frequency / (2 * std::numbers::pi);
    const double kept = std::clamp(
        (turns - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor), 0.0, 1.0);
    frequency *= (1 - kept) / rope.factor + kept;
  }
  return frequencies;
}

}  // namespace

Rope::Rope(const Architecture& a)
    : architecture_(a),
      long_from_(std::numeric_limits<int64_t>::max()),
      frequencies_(PlainFrequencies(a.head_dim, a.rope_theta)) {
  if (const auto* linear = std::get_if<LinearRopeScaling>(&a.rope_scaling)) {
    for (double& frequency : frequencies_) frequency /= linear->factor;
  } else if (const auto* dynamic = std::get_if<DynamicRopeScaling>(&a.rope_scaling)) {
    long_from_ = dynamic->original_max_position;
  } else if (const auto* yarn = std::get_if<YarnRopeScaling>(&a.rope_scaling)) {
    frequencies_ = Scaled(std::move(frequencies_), a, *yarn);
    attention_factor_ = yarn->attention_factor;
  } else if (const auto* longrope = std::get_if<LongRopeScaling>(&a.rope_scaling)) {
    long_frequencies_ = Divided(frequencies_, longrope->long_factors);
    frequencies_ = Divided(std::move(frequencies_), longrope->short_factors);
    long_from_ = longrope->original_max_position;
    attention_factor_ = longrope->attention_factor;
  } else if (const auto* llama3 = std::get_if<Llama3RopeScaling>(&a.rope_scaling)) {
    frequencies_ = Scaled(std::move(frequencies_), *llama3);
  }
}

const std::vector<double>& Rope::FrequenciesFor(int64_t length, std::vector<double>& own) const {
  if (length <= long_from_) return frequencies_;
  if (!long_frequencies_.empty()) return long_frequencies_;
  const auto& dynamic = std::get<DynamicRopeScaling>(architecture_.rope_scaling);
  own = PlainFrequencies(architecture_.head_dim, DynamicTheta(architecture_, dynamic, length));
  return own;
}

template <typename Real>
void Rope::Turn(const RopePlace& place, Real* cos, Real* sin) const {
  std::vector<double> own;
  const std::vector<double>& frequencies = FrequenciesFor(place.length, own);
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const Real angle = static_cast<Real>(place.position) * static_cast<Real>(frequencies[i]);
    cos[i] = static_cast<Real>(std::cos(static_cast<double>(angle)) * attention_factor_);
    sin[i] = static_cast<Real>(std::sin(static_cast<double>(angle)) * attention_factor_);
  }
}

template <typename Real>
RopeTable Rope::TableOf(absl::Span<const RopePlace> places) const {
  const int64_t half = architecture_.head_dim / 2;
  const int64_t count = static_cast<int64_t>(places.size());
  const RopeTable table{at::empty({count, half}, c10::CppTypeToScalarType<Real>::value),
                        at::empty({count, half}, c10::CppTypeToScalarType<Real>::value)};
  Real* cos = table.cos.data_ptr<Real>();
  Real* sin = table.sin.data_ptr<Real>();
  at::parallel_for(0, count, 64, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      Turn(places[row], cos + row * half, sin + row * half);
    }
  });
  return table;
}

RopeTable Rope::Table(absl::Span<const RopePlace> places, at::ScalarType type) const {
  return type == at::kDouble ? TableOf<double>(places) : TableOf<float>(places);
}

LayerRopes::LayerRopes(const Architecture& architecture) : ropes_{Rope(architecture)} {
  if (architecture.sliding_rope_theta == 0) return;
  Architecture sliding = architecture;
  sliding.rope_theta = architecture.sliding_rope_theta;
  sliding.rope_scaling = {};
  ropes_.emplace_back(sliding);
}

std::vector<RopeTable> LayerRopes::Tables(absl::Span<const RopePlace> places,
                                          at::ScalarType type) const {
  std::vector<RopeTable> tables;
  for (const Rope& rope : ropes_) tables.push_back(rope.Table(places, type));
  return tables;
}

}  // namespace hir
