// Refuses models that would be computed wrongly if their unsupported settings were ignored.
#ifndef HIR_MODEL_FOLDER_UNSUPPORTED_H_
#define HIR_MODEL_FOLDER_UNSUPPORTED_H_

#include <string>

#include "absl/status/status.h"
#include "hir/model_folder/architecture.h"
#include "hir/model_folder/config_fields.h"

namespace hir {

// INVALID_ARGUMENT: `folder` has weights only in another format (GGUF, PyTorch's pickles, an
// adapter and so on), or settings of a quantiser; the message names format or quantisation, the
// file, and what to do.
absl::Status CheckWeightsFormat(const std::string& folder);

// Records as an error the first field of `config` that declares quantised weights, or that changes
// the computation of `architecture` in a way that isn't implemented.
void CheckComputed(ConfigFields& config, const Architecture& architecture);

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_UNSUPPORTED_H_
