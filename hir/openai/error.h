// Errors in the format of OpenAI's interface.
#ifndef HIR_OPENAI_ERROR_H_
#define HIR_OPENAI_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace hir {

// An error about a field of a request; ErrorJson() names it as `param`.
absl::Status FieldError(std::string_view field, std::string_view message,
                        absl::StatusCode code = absl::StatusCode::kInvalidArgument);

// The error as OpenAI's JSON.
std::string ErrorJson(const absl::Status& status);
// The HTTP status for the error's code.
int HttpStatusOf(const absl::Status& status);

}  // namespace hir

#endif  // HIR_OPENAI_ERROR_H_
