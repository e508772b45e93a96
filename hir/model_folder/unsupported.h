// What is refused by name, since leaving it out would compute another model than the folder means.
#ifndef HIR_MODEL_FOLDER_UNSUPPORTED_H_
#define HIR_MODEL_FOLDER_UNSUPPORTED_H_

#include <string>

#include "absl/status/status.h"
#include "hir/model_folder/architecture.h"
#include "hir/model_folder/config_fields.h"

namespace hir {

// INVALID_ARGUMENT: `folder` has weights of another format alone (GGUF, PyTorch's pickles, an
// adapter and so on), or the settings of a quantiser; the message names format or quantisation,
// the file, and what to do.
absl::Status CheckWeightsFormat(const std::string& folder);

// Records the first field of `config` that says that the weights are quantised, or that changes
// the computation of `architecture` in a way that is not computed.
void CheckComputed(ConfigFields& config, const Architecture& architecture);

}  // namespace hir

#endif  // HIR_MODEL_FOLDER_UNSUPPORTED_H_
