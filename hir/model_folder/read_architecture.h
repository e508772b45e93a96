// Reads what a model folder says about itself, and refuses what can't be computed as it is meant.
#ifndef HIR_MODEL_FOLDER_READ_ARCHITECTURE_H_
#define HIR_MODEL_FOLDER_READ_ARCHITECTURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// Reads `folder`/config.json; see read_rope.h for positions. Where it says that the head is the
// embedding but the weights have a head of other numbers, the head is its own, as in Transformers.
// Never waits, and takes memory for config.json and the weights' headers alone.
//
// NOT_FOUND: no config.json, or a shard of the weights is missing. INVALID_ARGUMENT: not JSON; an
// architecture, activation or rope type that isn't supported; a field that changes the computation
// in a way that isn't computed; quantised weights or those of another format than safetensors; a
// field that is missing or out of range. The message names file and field.
absl::StatusOr<Architecture> ReadArchitecture(const std::string& folder);

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_READ_ARCHITECTURE_H_
