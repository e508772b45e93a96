// The key that a client shows to a web service.
#ifndef HIR_HTTP_API_KEY_H_
#define HIR_HTTP_API_KEY_H_

#include <string>

#include "absl/status/statusor.h"

namespace hir {

// Returns the key in the file `path`, which `flag` names; if `path` is empty, the value of the
// environment variable `variable`, unless that is null; empty = there is no key. White space around
// it is left out. INVALID_ARGUMENT: the file is empty, or the key has a character that can't be in
// a header. Errors of ReadFile(). No message quotes the key.
absl::StatusOr<std::string> ReadApiKey(const std::string& flag, const std::string& path,
                                       const char* variable = nullptr);

}  // namespace hir

#endif  // HIR_HTTP_API_KEY_H_
