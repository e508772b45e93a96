// The address of a web server as people write it in an option.
#ifndef HIR_HTTP_SERVER_URL_H_
#define HIR_HTTP_SERVER_URL_H_

#include <string>

#include "absl/status/statusor.h"

namespace hir {

// Returns "http://HOST:PORT" or "https://HOST:PORT" for a URL of that form, with scheme and host in
// lower case and without a final slash, so that two ways to write one server are equal.
// INVALID_ARGUMENT: it has another form, or more than that: a path, a query, a user.
absl::StatusOr<std::string> NormalServerUrl(const std::string& url);

}  // namespace hir

#endif  // HIR_HTTP_SERVER_URL_H_
