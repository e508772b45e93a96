// Commands to one Redis over a pool of connections.
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

struct RedisOptions {
  RedisAddress address;
  absl::Duration connect_timeout = absl::Seconds(2);
  absl::Duration command_timeout = absl::Seconds(5);  // For one reply.
  // For rediss://: PEM files. An empty CA file means the system's; certificate and key go together.
  std::string tls_ca_file;
  std::string tls_certificate_file;
  std::string tls_key_file;
};

// One reply. Exactly one of the fields below speaks, by `kind`.
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

// Thread-safe: a call takes a connection of its own and puts it back. Connections are made when
// first needed; one that Redis has closed is replaced, and the call is tried once more on the
// new one, so callers send only what may be repeated. A call without an answer in time is not sent
// again: a slow Redis would only get more to do.
//
// Errors: UNAVAILABLE when Redis can't be reached, does not answer in time, is loading its data or
// refuses writes; UNAUTHENTICATED when it wants another login; FAILED_PRECONDITION when it is a
// node of a cluster; INTERNAL for other complaints. Each names the address.
class RedisClient {
 public:
  explicit RedisClient(RedisOptions options);
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  absl::StatusOr<RedisReply> Command(absl::Span<const std::string> words);

  // Runs `script` with one key and any arguments; sends its text only when Redis doesn't know it.
  absl::StatusOr<RedisReply> Run(const RedisScript& script, const std::string& key,
                                 absl::Span<const std::string> arguments);

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
