// What the files beside tokenizer.json say about tokens, read as Transformers 5 reads them.
#ifndef HIR_TOKENIZER_ADDED_TOKENS_H_
#define HIR_TOKENIZER_ADDED_TOKENS_H_

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

struct AddedTokens {
  nlohmann::json names;  // Object: bos_token, eos_token ... as text, for templates and stop ids.
  nlohmann::json additions;  // List for hir_tokenizer_new(): first those with an id, ascending.
};

// `config`, `special_tokens_map` and `added_tokens` are the objects of tokenizer_config.json,
// special_tokens_map.json and added_tokens.json; empty where there is no such file. The last two
// are for folders whose tokenizer_config.json has no added_tokens_decoder: pass them empty beside
// one. special_tokens_map.json goes before tokenizer_config.json. A token is written as its text,
// or as an object with its text under "content" and its flags.
//
// INVALID_ARGUMENT: a token that is neither, or an id that is none; the message names the field.
absl::StatusOr<AddedTokens> ReadAddedTokens(const nlohmann::ordered_json& config,
                                            const nlohmann::ordered_json& special_tokens_map,
                                            const nlohmann::ordered_json& added_tokens);

}  // namespace hir

#endif  // HIR_TOKENIZER_ADDED_TOKENS_H_
