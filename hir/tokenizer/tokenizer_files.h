// Reads the files of a model folder that define its tokenizer, before anything is compiled.
#ifndef HIR_TOKENIZER_TOKENIZER_FILES_H_
#define HIR_TOKENIZER_TOKENIZER_FILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/tokenizer/added_tokens.h"

namespace hir {

// The content of those files.
struct TokenizerFiles {
  std::string tokenizer_json;                // Content of tokenizer.json, not parsed.
  std::optional<std::string> chat_template;  // Jinja source.
  std::string chat_template_file;            // The file it was found in, for messages.
  AddedTokens tokens;                        // Tokens besides those of tokenizer.json.
  std::vector<int32_t> eos_token_ids;        // Of generation_config.json and config.json.
  std::optional<int64_t> model_rows;         // vocab_size of config.json; none = it has none.
};

// Errors: those of Tokenizer::Load().
absl::StatusOr<TokenizerFiles> ReadTokenizerFiles(const std::string& model_folder);

}  // namespace hir

#endif  // HIR_TOKENIZER_TOKENIZER_FILES_H_
