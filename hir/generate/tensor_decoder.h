// A decoder of tensor operations, which runs wherever Torch does.
#ifndef HIR_GENERATE_TENSOR_DECODER_H_
#define HIR_GENERATE_TENSOR_DECODER_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "hir/generate/decoder.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// A decoder on `device` that computes in the weights' own type (float32 or bfloat16), with at most
// `cache_bytes` of keys and values. It has the layers of the learner's forward pass and is written
// to be right on every device rather than fast on one: other decoders are compared with it.
// INVALID_ARGUMENT: the cache has no room for one page. Throws what Torch throws when memory runs
// out; on a GPU the whole cache is taken at once.
absl::StatusOr<std::unique_ptr<Decoder>> MakeTensorDecoder(const Architecture& architecture,
                                                           const ModelWeights& weights,
                                                           at::Device device, int64_t cache_bytes);

}  // namespace hir

#endif  // HIR_GENERATE_TENSOR_DECODER_H_
