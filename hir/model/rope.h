// Rotary positions: the angles by which the halves of each query and key are turned, for every
// rope type that hir/model_folder reads.
//
// A type's frequencies may depend on how long the sequence is: `dynamic` beyond its original
// length, `longrope` on the two sides of it. As Transformers decodes with a cache, so is it here,
// in training and in generation alike: the tokens of a prompt are turned as the whole prompt's
// length asks, each later token as the length up to itself does, and what was turned stays so.
#ifndef HIR_MODEL_ROPE_H_
#define HIR_MODEL_ROPE_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "hir/model_folder/architecture.h"

namespace hir {

struct RopePlace {
  int64_t position = 0;  // Of the token, from the start of its sequence.
  int64_t length = 0;    // Tokens of the sequence that are known when it is computed; > position.
};

// Cosines and sines of the angles of N tokens, [N, D / 2] each, multiplied by the rope type's
// attention factor.
struct RopeTable {
  at::Tensor cos;
  at::Tensor sin;
};

// The frequencies of one architecture. Thread-safe.
class Rope {
 public:
  explicit Rope(const Architecture& architecture);

  // The rows of `places`, on the CPU; `type` is kFloat or kDouble. A row depends on its own place
  // alone. In float, an angle is the float32 product of position and float32 frequency, since
  // models are trained and served with those: exact ones would differ at far positions.
  RopeTable Table(absl::Span<const RopePlace> places, at::ScalarType type) const;

 private:
  // Those of a sequence of `length` tokens; `own` may hold them.
  const std::vector<double>& FrequenciesFor(int64_t length, std::vector<double>& own) const;
  template <typename Real>
  void Turn(const RopePlace& place, Real* cos, Real* sin) const;
  template <typename Real>
  RopeTable TableOf(absl::Span<const RopePlace> places) const;

  Architecture architecture_;
  int64_t long_from_;  // Longer sequences have `long_frequencies_`, or each length its own.
  double attention_factor_ = 1.0;
  std::vector<double> frequencies_;
  std::vector<double> long_frequencies_;  // Of longrope.
};

}  // namespace hir

#endif  // HIR_MODEL_ROPE_H_
