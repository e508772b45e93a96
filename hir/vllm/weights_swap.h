// Replaces the weights of a vLLM server and proves that it uses them.
#ifndef HIR_VLLM_WEIGHTS_SWAP_H_
#define HIR_VLLM_WEIGHTS_SWAP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "hir/domain/weights_id.h"
#include "hir/vllm/messages.h"
#include "hir/vllm/vllm_client.h"
#include "hir/weights/packed_weights.h"

namespace hir {

// The mean absolute difference, in nats, that rounding may make between a server's
// log-probabilities of a probe and the learner's. Measured with SmolLM2-135M in bf16 on vLLM 0.32's
// CPU build: 0.05 to 0.08 from Transformers' bf16 and f32. Weights of another model make whole
// nats; two versions that a step of training made of each other may differ by less than this, so
// that a probe does not tell them apart.
inline constexpr double kProbeTolerance = 0.25;

// How a server is asked.
struct VllmEndpoint {
  VllmClient* client = nullptr;
  VllmApi api = VllmApi::kTokens;
  VllmModel model;
};

// FAILED_PRECONDITION: `scores`, what the server computes for the probe's tokens, differ from the
// learner's by more than kProbeTolerance; the message is a sentence without its subject. REQUIRES:
// one score per token of the probe, at least two.
absl::Status CheckProbe(const WeightsProbe& probe, const std::vector<ScoredToken>& scores);

// Has the server load `folder`, compares its scores with `probe` and only then names the weights.
// Blocks for the transfer from the disk, at most about `timeout`. REQUIRES: no request of this
// program is running on the server, and none begins before this has returned. After an error the
// server's weights are unknown. Errors: those of VllmClient and CheckProbe(); FAILED_PRECONDITION:
// there is no probe.
absl::Status ServeWeights(const VllmEndpoint& endpoint, const std::string& folder,
                          const WeightsId& version, const WeightsProbe& probe,
                          absl::Duration timeout);

}  // namespace hir

#endif  // HIR_VLLM_WEIGHTS_SWAP_H_
