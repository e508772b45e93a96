// Settings of hir-verifier and their defaults.
#ifndef HIR_SERVICES_VERIFIER_CONFIG_H_
#define HIR_SERVICES_VERIFIER_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "hir/rpc/stream_limits.h"

namespace hir {

// The flags of hir-verifier.
struct VerifierConfig {
  // HOST:PORT (or unix:PATH) of the replay service. Empty: Verify works, VerifyStream is refused.
  std::string replay_address;
  // Responses of one stream that replay has not stored yet, beyond which the stream is not read. In
  // [1, 4096].
  int max_pending_responses = 64;
  // Threads that share the items of one Verify call; in [1, 256]. 0 means one per core.
  int verify_threads = 0;
  // Concurrent checks of all calls that wait for another process (a judge, a sandbox). Includes all
  // checks of Verify calls that have such ones. In [1, 1024].
  int waiting_checks = 64;
  // Limits of VerifyStream. A rollout worker has one stream.
  StreamLimits streams = {.streams = {.in_all = 512, .per_caller = 64}};
};

// INVALID_ARGUMENT: a value outside its range; the message names the flag.
absl::Status Validate(const VerifierConfig& config);

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_CONFIG_H_
