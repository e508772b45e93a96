// Reads tensors from safetensors files and writes them.
#ifndef HIR_MODEL_SAFETENSORS_H_
#define HIR_MODEL_SAFETENSORS_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/model_folder/safetensors.h"

namespace hir {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// INVALID_ARGUMENT: `file` lacks `name`, or has it in another shape or in a type other than F32,
// BF16 and F16; the message names file and tensor. Reads only the header.
absl::Status CheckTensor(const SafetensorsFile& file, const std::string& name,
                         at::IntArrayRef shape);

// Returns a contiguous CPU copy of the tensor `name`, converted to `dtype`.
// INVALID_ARGUMENT: as CheckTensor(), or a value is not finite before or after the conversion.
absl::StatusOr<at::Tensor> ReadTensor(const SafetensorsFile& file, const std::string& name,
                                      at::IntArrayRef shape, at::ScalarType dtype);

// INVALID_ARGUMENT: a value of `tensor` is NaN or infinite; the message has `name`, how many there
// are and where the first one is. One pass over the values, in parallel.
absl::Status CheckFinite(const std::string& name, const at::Tensor& tensor);

// Writes `tensors` (on any device, F32, BF16 or F16) to `path` through a temporary name.
// INVALID_ARGUMENT: another type. UNAVAILABLE: the file can't be written.
absl::Status WriteSafetensors(const std::string& path, const NamedTensors& tensors);

// Writes model.safetensors into `folder`, or, when the tensors take more than `max_shard_bytes`,
// shards of at most that size (a larger tensor gets a shard of its own) and their index.
absl::Status WriteSafetensorsFolder(const std::string& folder, const NamedTensors& tensors,
                                    int64_t max_shard_bytes);

}  // namespace hir

#endif  // HIR_MODEL_SAFETENSORS_H_
