#include "services/rollout/convert.h"

namespace hir {

GenerationSettings FromProto(const common::v1::SamplingSettings& sampling) {
  return {.temperature = sampling.temperature(),
          .top_p = sampling.top_p() == 0 ? 1.0 : sampling.top_p(),
          .top_k = sampling.top_k(),
          .max_response_tokens = sampling.max_response_tokens(),
          .seed = sampling.seed()};
}

common::v1::SamplingSettings ToProto(const GenerationSettings& settings) {
  common::v1::SamplingSettings sampling;
  sampling.set_temperature(settings.temperature);
  sampling.set_top_p(settings.top_p);
  sampling.set_top_k(settings.top_k);
  sampling.set_max_response_tokens(settings.max_response_tokens);
  sampling.set_seed(settings.seed);
  return sampling;
}

void CountResponse(const FinishedResponse& response, RolloutMetrics& metrics) {
  metrics.tokens.Increment(static_cast<double>(response.tokens.size()));
  const bool stopped = response.finish_reason == FinishReason::kStop;
  (stopped ? metrics.responses_stop : metrics.responses_length).Increment();
  metrics.entropy.Observe(response.entropy_mean);
  metrics.response_tokens.Observe(static_cast<double>(response.tokens.size()));
}

void CountWeights(const WeightsId& serving, size_t bytes, absl::Duration took,
                  WeightsMetrics& metrics) {
  metrics.transfer_bytes.Increment(static_cast<double>(bytes));
  metrics.transfer_duration.Observe(absl::ToDoubleSeconds(took));
  metrics.version.Set(static_cast<double>(serving.version));
  metrics.last_update.SetToCurrentTime();
}

}  // namespace hir
