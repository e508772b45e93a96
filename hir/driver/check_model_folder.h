// Checks a model folder before any process is started.
#ifndef HIR_DRIVER_CHECK_MODEL_FOLDER_H_
#define HIR_DRIVER_CHECK_MODEL_FOLDER_H_

#include <string>

#include "absl/status/status.h"

namespace hir {

// NOT_FOUND: the folder, or config.json, tokenizer.json or the weights in it, is missing.
// Errors of ReadArchitecture(), SafetensorsFolder::Open() and Tokenizer::Load(), which judges the
// chat template, too. The numbers of the weights are judged by the programs that load them.
absl::Status CheckModelFolder(const std::string& path);

}  // namespace hir

#endif  // HIR_DRIVER_CHECK_MODEL_FOLDER_H_
