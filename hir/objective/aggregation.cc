#include "hir/objective/aggregation.h"

namespace hir {

double AggregationDivisor(LossAggregation aggregation, const UpdateSize& size) {
  switch (aggregation) {
    case LossAggregation::kTokenMean:
      return static_cast<double>(size.tokens);
    case LossAggregation::kSeqMeanTokenSumNorm:
      return static_cast<double>(size.rows) * static_cast<double>(size.max_response_tokens);
    case LossAggregation::kSeqMeanTokenSum:
    case LossAggregation::kSeqMeanTokenMean:
      break;
  }
  return static_cast<double>(size.rows);
}

at::Tensor AggregationWeights(LossAggregation aggregation, const at::Tensor& lengths) {
  if (aggregation != LossAggregation::kSeqMeanTokenMean) return {};
  return at::repeat_interleave(lengths.to(at::kDouble).reciprocal(), lengths);
}

}  // namespace hir
