// Where a decoder's time goes.
#ifndef HIR_GENERATE_STEP_PROFILE_H_
#define HIR_GENERATE_STEP_PROFILE_H_

#include <cstdint>

#include "absl/time/time.h"

namespace hir {

// Sums over all steps since the decoder was made, as seen by the thread that calls Step(): waiting
// for other threads counts as the work that they do.
struct StepProfile {
  int64_t steps = 0;
  absl::Duration products;   // Matrix products of the layers, with what is fused into them.
  absl::Duration attention;  // Rotation and cache writes, scores, softmax, values.
  absl::Duration small;      // Placing of rows, embedding, norms.
  absl::Duration head;       // Product with the head.
  absl::Duration sampler;
};

}  // namespace hir

#endif  // HIR_GENERATE_STEP_PROFILE_H_
