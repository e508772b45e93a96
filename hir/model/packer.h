// Converts between a model's tensors and the canonical served bytes of packed_weights.h.
#ifndef HIR_MODEL_PACKER_H_
#define HIR_MODEL_PACKER_H_

#include <ATen/ATen.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hir/base/compute_choices.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"
#include "hir/weights/packed_weights.h"

namespace hir {

// Torch's type for `dtype`.
at::ScalarType ServedType(Dtype dtype);

// Copies the weights into canonical bytes of `dtype` (kBFloat16 or kFloat), from any type and
// device. INVALID_ARGUMENT: another dtype. Blocks for the copy, about a second per GB.
absl::StatusOr<PackedWeights> PackWeights(const ModelWeights& weights, at::ScalarType dtype);

// The weights as CPU tensors that share the bytes and keep them alive. The result must not be
// written to.
// INVALID_ARGUMENT: names, order, shapes or types are not those of `architecture`, or the number of
// bytes is not what the tensors take, or a value is NaN or infinite; the message names the tensor.
absl::StatusOr<ModelWeights> UnpackWeights(std::shared_ptr<const PackedWeights> packed,
                                           const Architecture& architecture);

// WeightsDigest(PackWeights(weights, their own type)), computed without holding the bytes.
// INVALID_ARGUMENT: a tensor is neither bf16 nor f32.
absl::StatusOr<std::string> ServedDigest(const ModelWeights& weights);

}  // namespace hir

#endif  // HIR_MODEL_PACKER_H_
