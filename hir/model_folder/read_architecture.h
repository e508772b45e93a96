// Reads the architecture of a model folder, and refuses models that would not be computed as
// intended.
#ifndef HIR_MODEL_FOLDER_READ_ARCHITECTURE_H_
#define HIR_MODEL_FOLDER_READ_ARCHITECTURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// Reads `folder`/config.json; see read_rope.h for positions. If config.json ties the head to the
// embedding but the weights have a head with other values, the head is separate, as in
// Transformers. Never blocks on a FIFO, and needs memory only for config.json and the headers of
// the weights.
//
// NOT_FOUND: no config.json, or a shard of the weights is missing. INVALID_ARGUMENT: not JSON; an
// architecture, activation or rope type that isn't supported; a field that changes the computation
// in a way that isn't implemented; quantised weights or those of another format than safetensors; a
// field that is missing or out of range. The message names file and field.
absl::StatusOr<Architecture> ReadArchitecture(const std::string& folder);

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_READ_ARCHITECTURE_H_
