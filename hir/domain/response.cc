#include "hir/domain/response.h"

#include <numeric>

namespace hir {

const char* FinishReasonName(FinishReason reason) {
  return reason == FinishReason::kLength ? "length" : "stop";
}

double SampledEntropy(absl::Span<const float> log_probabilities) {
  const double sum = std::accumulate(log_probabilities.begin(), log_probabilities.end(), 0.0);
  return -sum / static_cast<double>(log_probabilities.size());
}

void UseSampledEntropy(Response& response) {
  response.entropy_mean = SampledEntropy(response.log_probabilities);
  response.entropy_source = EntropySource::kSampled;
}

}  // namespace hir
