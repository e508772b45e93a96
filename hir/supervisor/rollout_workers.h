// The rollout workers of a local ring: how many, with which engine, on which GPU.
#ifndef HIR_SUPERVISOR_ROLLOUT_WORKERS_H_
#define HIR_SUPERVISOR_ROLLOUT_WORKERS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace hir {

// As many as replay remembers.
inline constexpr int kMostRolloutWorkers = 256;

// What is asked for.
struct RolloutWorkers {
  int count = 1;
  // One vLLM server for each worker, http(s)://HOST:PORT; empty = workers generate by themselves.
  std::vector<std::string> engine_urls;
  // File with the key of their --api-key; empty = workers take VLLM_API_KEY of the environment.
  std::string engine_api_key_file;
  // Below it each worker has a folder in which it leaves weights for its vLLM server; empty =
  // "weights" in the run's folder.
  std::string weights_folder;
};

// INVALID_ARGUMENT: a count outside [1, kMostRolloutWorkers] or other than that of the URLs, a URL
// of another form or that is there twice, a key or a folder for weights without a URL. Errors of
// ReadApiKey().
absl::Status Validate(const RolloutWorkers& workers);

// How one worker is started.
struct PlacedWorker {
  std::string key;                 // "rollout", "rollout-1", ...: in services.json.
  std::string name;                // "hir-rollout", "hir-rollout-1", ...: of its process and log.
  std::string gpu;                 // The only GPU that it sees; empty = those that its parent sees.
  std::string weights_folder;      // Where it leaves weights; empty = nowhere.
  std::vector<std::string> flags;  // Of its engine and its cache.
};

// Gives worker i GPU i modulo the number of `gpus`, unless it is alone or asks a vLLM server.
// Workers of one GPU, or of a machine without any, divide the memory that one of them would take
// for its cache. `run_dir` is the run's folder. REQUIRES: Validate() is OK.
std::vector<PlacedWorker> PlaceWorkers(const RolloutWorkers& workers,
                                       absl::Span<const std::string> gpus,
                                       const std::string& run_dir);

}  // namespace hir

#endif  // HIR_SUPERVISOR_ROLLOUT_WORKERS_H_
