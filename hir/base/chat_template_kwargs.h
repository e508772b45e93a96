// Variables that a user passes to a model's chat template, e.g. {"enable_thinking": false}.
#ifndef HIR_BASE_CHAT_TEMPLATE_KWARGS_H_
#define HIR_BASE_CHAT_TEMPLATE_KWARGS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hir {

// Reads a JSON object and returns it without white space, its members in their order; "" for an
// empty object and for an empty text. INVALID_ARGUMENT: not an object, above 64 KiB, nested deeper
// than 32, with a whole number of more than 64 bits, or with a name that Transformers'
// apply_chat_template sets itself.
absl::StatusOr<std::string> ParseChatTemplateKwargs(std::string_view json);

// Merges both into one object; where both have a name, the value in `first` wins. Errors as above.
absl::StatusOr<std::string> MergeChatTemplateKwargs(std::string_view first,
                                                    std::string_view second);

}  // namespace hir

#endif  // HIR_BASE_CHAT_TEMPLATE_KWARGS_H_
