// Makes a Hugging Face folder with a random byte-level model of about a million parameters.
#ifndef HIR_TESTS_SUPPORT_TINY_MODEL_H_
#define HIR_TESTS_SUPPORT_TINY_MODEL_H_

#include <string>

#include "absl/status/status.h"

namespace hir {

// Writes the model to `folder`, with the tokenizer of `tokenizer_folder` (258 tokens: 256 bytes and
// two special tokens). Equal seeds give equal files.
absl::Status WriteTinyModel(const std::string& folder, const std::string& tokenizer_folder,
                            uint64_t seed);

}  // namespace hir

#endif  // HIR_TESTS_SUPPORT_TINY_MODEL_H_
