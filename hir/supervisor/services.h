// How each program of the ring is started on one machine.
#ifndef HIR_SUPERVISOR_SERVICES_H_
#define HIR_SUPERVISOR_SERVICES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/supervisor/supervisor.h"

namespace hir {

// Paths, ports and threads of one local service.
struct LocalServiceOptions {
  std::string bin_dir;   // Folder of the hir-* programs.
  std::string log_dir;   // Exists.
  std::string name;      // Of the process and its log; empty = the program's.
  int port = 0;          // On 127.0.0.1; free.
  int metrics_port = 0;  // 0 = no metrics.
  int threads = 0;       // For OpenMP; 0 = as many as cores.
  std::string gpu;       // The only one that it sees; empty = those that this process sees.
};

// One of HiR's services: --listen and --metrics-listen, then `flags`; ready when its health check
// passes.
SupervisedService RingService(const LocalServiceOptions& options, const std::string& program,
                              const std::vector<std::string>& flags);

// Reads flags of a service from a file, one per line; skips blank lines and those that begin with
// #. No flags for an empty path. INVALID_ARGUMENT: a line does not begin with "--"; the message
// names file and line. Errors of ReadFile().
absl::StatusOr<std::vector<std::string>> ReadFlags(const std::string& path);

// A private redis-server on the unix socket `socket_path`, with its append-only file in `dir`.
// REQUIRES: the path of the socket is at most 107 bytes long.
SupervisedService PrivateRedis(const std::string& dir, const std::string& socket_path,
                               const std::string& log_dir);

// OK when the Redis at that socket answers PING.
absl::Status PingRedis(const std::string& socket_path);

}  // namespace hir

#endif  // HIR_SUPERVISOR_SERVICES_H_
