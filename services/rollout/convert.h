// Converts the engine's settings from and to protos, and counts its results.
#ifndef HIR_SERVICES_ROLLOUT_CONVERT_H_
#define HIR_SERVICES_ROLLOUT_CONVERT_H_

#include <cstddef>

#include "absl/time/time.h"
#include "hir/common/v1/common.pb.h"
#include "hir/domain/weights_id.h"
#include "hir/engine/engine.h"
#include "hir/metrics/service_metrics.h"

namespace hir {

// An unset top_p (0) becomes 1; fields that the message lacks keep their defaults.
GenerationSettings FromProto(const common::v1::SamplingSettings& sampling);
common::v1::SamplingSettings ToProto(const GenerationSettings& settings);

// Counts a finished response.
void CountResponse(const FinishedResponse& response, RolloutMetrics& metrics);

// Counts weights that are now served, `took` after their transfer began.
void CountWeights(const WeightsId& serving, size_t bytes, absl::Duration took,
                  WeightsMetrics& metrics);

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_CONVERT_H_
