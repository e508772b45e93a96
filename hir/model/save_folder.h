// Folders that readers see whole or not at all.
#ifndef HIR_MODEL_SAVE_FOLDER_H_
#define HIR_MODEL_SAVE_FOLDER_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace hir {

// Makes `folder` with every tokenizer and generation file of `source_folder` (which must have
// tokenizer.json) and what `write` puts into the folder whose path it is given. Written to a
// temporary folder beside `folder` and renamed.
//
// ALREADY_EXISTS: `folder` exists. NOT_FOUND: `source_folder` has no tokenizer.json.
// UNAVAILABLE: it can't be written. Errors of `write`. After any of them nothing is left behind.
absl::Status SaveFolder(const std::string& folder, const std::string& source_folder,
                        absl::FunctionRef<absl::Status(const std::string& temporary)> write);

}  // namespace hir

#endif  // HIR_MODEL_SAVE_FOLDER_H_
