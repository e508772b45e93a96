// Parses JSON that comes from outside: files, messages, answers of other programs.
#ifndef HIR_BASE_JSON_H_
#define HIR_BASE_JSON_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace hir {

// The deepest nesting of lists and objects that is accepted. Code that walks or prints a value
// recurses once per level.
inline constexpr int kMaxJsonDepth = 100;

// Parses `text`; `Json` is nlohmann::json or nlohmann::ordered_json. This is the project's only
// JSON parser. `visit`, if given, is called for every part as nlohmann's parser callback and must
// return true. INVALID_ARGUMENT: `text` is not JSON or not UTF-8, has a number that no double can
// hold, or is nested more than `max_depth` deep; the message is half a sentence, to follow the name
// of what was read.
template <typename Json = nlohmann::json>
absl::StatusOr<Json> ParseJson(std::string_view text, int max_depth = kMaxJsonDepth,
                               const typename Json::parser_callback_t& visit = nullptr);

// INVALID_ARGUMENT: the JSON text has a whole number of more than 64 bits, which ParseJson() would
// round to a fraction; half a sentence, too. For what is printed as it was written: files of others
// have such numbers where nobody looks (model_max_length of tokenizer_config.json).
absl::Status CheckWholeNumbers(std::string_view text);

}  // namespace hir

#endif  // HIR_BASE_JSON_H_
