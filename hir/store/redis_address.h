// Where a Redis listens and how to log in there.
#ifndef HIR_STORE_REDIS_ADDRESS_H_
#define HIR_STORE_REDIS_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"

namespace hir {

// Address and login of a Redis server.
struct RedisAddress {
  std::string host;  // Name or number; empty when a socket is used.
  int port = 6379;
  std::string socket_path;  // Unix socket; empty when a host is used.
  bool tls = false;
  std::string user;      // Empty = the default user.
  std::string password;  // Empty = no login.
  int database = 0;

  // For messages: the URL without user and password.
  std::string Display() const;
};

// Reads redis://[[user]:password@]host[:port][/database], rediss://... (TLS) or unix:///path.
// User and password may be percent-encoded. INVALID_ARGUMENT: anything else; the message never
// shows a password.
absl::StatusOr<RedisAddress> ParseRedisUrl(const std::string& url);

}  // namespace hir

#endif  // HIR_STORE_REDIS_ADDRESS_H_
