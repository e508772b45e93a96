// Whether weights are those of a model.
#ifndef HIR_WEIGHTS_CHECK_LAYOUT_H_
#define HIR_WEIGHTS_CHECK_LAYOUT_H_

#include "absl/status/status.h"
#include "hir/model_folder/architecture.h"
#include "hir/weights/packed_weights.h"

namespace hir {

// INVALID_ARGUMENT: the tensors have other names or shapes than a model of `architecture`, several
// types, or not as many bytes as there are; the message names the first tensor that differs.
absl::Status CheckLayout(const PackedWeights& packed, const Architecture& architecture);

}  // namespace hir

#endif  // HIR_WEIGHTS_CHECK_LAYOUT_H_
