// Reads the tokens in the files beside tokenizer.json as Transformers 5 does.
#ifndef HIR_TOKENIZER_ADDED_TOKENS_H_
#define HIR_TOKENIZER_ADDED_TOKENS_H_

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

// Tokens besides those of tokenizer.json.
struct AddedTokens {
  nlohmann::json names;  // Object: bos_token, eos_token ... as text, for templates and stop ids.
  nlohmann::json additions;  // List for hir_tokenizer_new(): first those with ids, ascending.
};

// `config`, `special_tokens_map` and `added_tokens` are the objects of tokenizer_config.json,
// special_tokens_map.json and added_tokens.json; empty if there is no such file. The last two apply
// only to folders whose tokenizer_config.json has no added_tokens_decoder: pass them empty
// otherwise. special_tokens_map.json takes precedence over tokenizer_config.json. A token is a
// text, or an object with its text under "content" and its flags.
//
// INVALID_ARGUMENT: a malformed token or id; the message names the field.
absl::StatusOr<AddedTokens> ReadAddedTokens(const nlohmann::ordered_json& config,
                                            const nlohmann::ordered_json& special_tokens_map,
                                            const nlohmann::ordered_json& added_tokens);

}  // namespace hir

#endif  // HIR_TOKENIZER_ADDED_TOKENS_H_
