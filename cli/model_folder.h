// A first look at a model folder, so that a wrong path is found before a process is started.
#ifndef HIR_CLI_MODEL_FOLDER_H_
#define HIR_CLI_MODEL_FOLDER_H_

#include <string>

#include "absl/status/status.h"

namespace hir {

// NOT_FOUND: the folder, or config.json, tokenizer.json or any *.safetensors in it, is missing; the
// message names it. What is in the files is judged by the program that loads them.
absl::Status CheckModelFolder(const std::string& path);

}  // namespace hir

#endif  // HIR_CLI_MODEL_FOLDER_H_
