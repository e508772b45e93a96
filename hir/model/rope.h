// Rotary positions: the angles by which the halves of each query and key are rotated, for every
// rope type that hir/model_folder reads.
//
// A type's frequencies may depend on the length of the sequence: for `dynamic` beyond the original
// length, for `longrope` on whether the length exceeds it. Training and generation both follow
// Transformers' decoding with a cache: the tokens of a prompt are rotated for the length of the
// whole prompt, each later token for the length up to itself, and rotated tokens never change.
#ifndef HIR_MODEL_ROPE_H_
#define HIR_MODEL_ROPE_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// The place of a token, on which its angles depend.
struct RopePlace {
  int64_t position = 0;  // Position of the token in its sequence, from 0.
  int64_t length = 0;    // Length of the sequence when the token is computed; > position.
};

// Cosines and sines of the angles of N tokens, [N, D / 2] each, multiplied by the rope type's
// attention factor.
struct RopeTable {
  at::Tensor cos;
  at::Tensor sin;
};

// The frequencies of one architecture, without those that only its sliding layers have.
// Thread-safe.
class Rope {
 public:
  explicit Rope(const Architecture& architecture);

  // One row per place, on the CPU; `type` is kFloat or kDouble. A row depends only on its own
  // place. In float, an angle is the float32 product of the position and a float32 frequency, as
  // models are trained and served; exact angles would differ at far positions.
  RopeTable Table(absl::Span<const RopePlace> places, at::ScalarType type) const;

 private:
  // The frequencies for a sequence of `length` tokens; `own` may hold them.
  const std::vector<double>& FrequenciesFor(int64_t length, std::vector<double>& own) const;
  template <typename Real>
  void Turn(const RopePlace& place, Real* cos, Real* sin) const;
  template <typename Real>
  RopeTable TableOf(absl::Span<const RopePlace> places) const;

  Architecture architecture_;
  int64_t long_from_;  // For longer sequences, `long_frequencies_` or frequencies per length apply.
  double attention_factor_ = 1.0;
  std::vector<double> frequencies_;
  std::vector<double> long_frequencies_;  // Of longrope.
};

// The frequencies of every layer of one architecture. Thread-safe.
class LayerRopes {
 public:
  explicit LayerRopes(const Architecture& architecture);

  // Rope::Table() of each kind of layer; that of a layer has the index HasSlidingRope(architecture,
  // layer).
  std::vector<RopeTable> Tables(absl::Span<const RopePlace> places, at::ScalarType type) const;

 private:
  std::vector<Rope> ropes_;
};

}  // namespace hir

#endif  // HIR_MODEL_ROPE_H_
