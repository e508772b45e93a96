// Sends commands to one Redis over a pool of connections.
#ifndef HIR_STORE_REDIS_CLIENT_H_
#define HIR_STORE_REDIS_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hir/store/redis_address.h"

namespace hir {

// Where the Redis is and how long to wait for it.
struct RedisOptions {
  RedisAddress address;
  absl::Duration connect_timeout = absl::Seconds(2);
  absl::Duration command_timeout = absl::Seconds(5);  // Per reply.
  // For rediss://: PEM files. An empty CA file means the system's; certificate and key go together.
  std::string tls_ca_file;
  std::string tls_certificate_file;
  std::string tls_key_file;
};

// One reply. `kind` tells which of the other fields is set; kNil has none.
struct RedisReply {
  enum class Kind { kNil, kInteger, kText, kArray };
  Kind kind = Kind::kNil;
  int64_t integer = 0;
  std::string text;  // Bulk and simple strings; any bytes.
  std::vector<RedisReply> elements;
};

// A Lua script and its SHA-1, by which Redis knows it after the first run.
class RedisScript {
 public:
  explicit RedisScript(std::string source);
  const std::string& source() const { return source_; }
  const std::string& sha1() const { return sha1_; }

 private:
  std::string source_;
  std::string sha1_;
};

// Thread-safe: each call uses a connection of its own. Connections are made when first needed; one
// that Redis has closed is replaced and the call is sent once more, so callers must send only what
// may be repeated. A call that times out is not sent again: that would only add to the load of a
// slow Redis.
//
// Errors: UNAVAILABLE when Redis can't be reached, does not answer in time, is loading its data or
// refuses writes; UNAUTHENTICATED when it refuses the login; FAILED_PRECONDITION when it is a node
// of a cluster; INTERNAL for any other error that it reports. Each message names the address.
class RedisClient {
 public:
  explicit RedisClient(RedisOptions options);
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  absl::StatusOr<RedisReply> Command(absl::Span<const std::string> words);

  // Runs `script` with one key and any arguments; sends its source only when Redis doesn't have it
  // yet.
  absl::StatusOr<RedisReply> Run(const RedisScript& script, const std::string& key,
                                 std::vector<std::string> arguments);

  std::string address() const { return options_.address.Display(); }

 private:
  class Connection;

  absl::StatusOr<std::unique_ptr<Connection>> Connect();
  std::unique_ptr<Connection> TakeIdle();
  absl::Status Unreachable(absl::string_view why) const;
  absl::Status Broken(const Connection& connection) const;

  const RedisOptions options_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hir

#endif  // HIR_STORE_REDIS_CLIENT_H_
