// What a vLLM server must be before a worker takes tasks for it.
#ifndef HIR_VLLM_SERVER_CHECK_H_
#define HIR_VLLM_SERVER_CHECK_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/model_folder/architecture.h"
#include "hir/vllm/vllm_client.h"
#include "hir/vllm/weights_swap.h"

namespace hir {

// Waits until the server listens and has loaded its model, since it may have been started together
// with this worker and takes longer; says once that it waits. CANCELLED: `stopped`, asked several
// times per second, returned true.
absl::Status AwaitServer(VllmClient& client, const std::function<bool()>& stopped);

// Finds out how `client`'s server is asked, and resumes it if an earlier worker left it paused.
// `most_tokens`: of a prompt and its response together, as the run may ask for; 0 = unknown.
//
// UNAVAILABLE: nothing answers, or with an error. FAILED_PRECONDITION: something else than a vLLM
// server in development mode answers, or it refuses the key; its model has another vocabulary,
// other sizes, or too short a context.
// Each message says what to do. Whether its weights are the learner's is proven by the first swap.
absl::StatusOr<VllmEndpoint> CheckServer(VllmClient& client, const Architecture& architecture,
                                         int64_t most_tokens);

}  // namespace hir

#endif  // HIR_VLLM_SERVER_CHECK_H_
