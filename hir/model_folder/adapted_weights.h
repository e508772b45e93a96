// The matrices of a model that low-rank adapters may be beside.
#ifndef HIR_MODEL_FOLDER_ADAPTED_WEIGHTS_H_
#define HIR_MODEL_FOLDER_ADAPTED_WEIGHTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// A linear module of a layer.
struct AdaptedWeight {
  std::string module;  // "model.layers.0.self_attn.q_proj"; its weight is [outputs, inputs].
  int64_t outputs = 0;
  int64_t inputs = 0;
};

// The modules whose last part is in `targets` ("q_proj" and so on), layer by layer.
std::vector<AdaptedWeight> AdaptedWeights(const Architecture& architecture,
                                          absl::Span<const std::string> targets);

// Every linear module of the layers: all but the embedding and the head.
std::vector<AdaptedWeight> AllLinearWeights(const Architecture& architecture);

// The numbers in adapters of `rank` beside `weights`.
int64_t AdapterParameters(absl::Span<const AdaptedWeight> weights, int64_t rank);

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_ADAPTED_WEIGHTS_H_
