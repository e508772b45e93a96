#include "hir/train/weights_probe.h"

#include <algorithm>
#include <vector>

#include "absl/types/span.h"
#include "hir/base/random.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

constexpr int64_t kTokens = 32;

std::vector<int32_t> ProbeTokens(const Architecture& architecture) {
  std::vector<int32_t> tokens;
  const int64_t count = std::min(kTokens, architecture.max_position);
  for (uint32_t i = 0; i < count; ++i) {
    const double uniform = UniformAt(/*seed=*/0, /*task=*/0, /*sample=*/0, /*position=*/i);
    tokens.push_back(static_cast<int32_t>(uniform * static_cast<double>(architecture.vocab_size)));
  }
  return tokens;
}

}  // namespace

absl::StatusOr<WeightsProbe> MakeProbe(const ScoredModel& model) {
  WeightsProbe probe{ProbeTokens(model.architecture), {}};
  const absl::Span<const int32_t> tokens = probe.tokens;
  const Sequence sequence = {.prompt = tokens.first(1), .response = tokens.subspan(1)};
  HIR_ASSIGN_OR_RETURN(const at::Tensor scores,
                       ScoreSequences(model, {sequence}, /*temperature=*/1.0, kTokens));
  const float* values = scores.const_data_ptr<float>();
  probe.log_probabilities.assign(values, values + scores.numel());
  return probe;
}

}  // namespace hir
