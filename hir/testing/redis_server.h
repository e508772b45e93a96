// A private redis-server for a test, on a unix socket in a temporary folder.
#ifndef HIR_TESTING_REDIS_SERVER_H_
#define HIR_TESTING_REDIS_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hir {

// Listens on no port, keeps an append-only file, dies with the thread that started it and leaves no
// files behind. Not thread-safe.
class RedisServer {
 public:
  // Starts a server and returns when it answers. `arguments` are added to its command line.
  // UNAVAILABLE: redis-server is not installed or didn't answer within 20 s.
  static absl::StatusOr<std::unique_ptr<RedisServer>> Start(
      std::vector<std::string> arguments = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // unix:///... for clients.
  std::string url() const { return "unix://" + socket(); }
  // The temporary folder, which the test may also use.
  const std::string& folder() const { return folder_; }

  // Kills the server with SIGKILL and waits for its end.
  void Kill();
  // Kills it if it runs, and starts it again on the same data. Errors as Start().
  absl::Status Restart();

 private:
  RedisServer(std::string folder, std::vector<std::string> arguments);

  std::string socket() const { return folder_ + "/redis.sock"; }
  absl::Status Launch();

  std::string folder_;
  std::vector<std::string> arguments_;
  pid_t process_ = -1;
};

}  // namespace hir

#endif  // HIR_TESTING_REDIS_SERVER_H_
