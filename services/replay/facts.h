// The numbers that describe one frozen step to people and to the learner's metrics.
#ifndef HIR_SERVICES_REPLAY_FACTS_H_
#define HIR_SERVICES_REPLAY_FACTS_H_

#include <vector>

#include "absl/types/span.h"
#include "hir/hindsight/selector.h"
#include "hir/replay/v1/replay.pb.h"
#include "services/replay/step_input.h"

namespace hir {

// Computes every field of StepFacts, as replay.proto defines them; means over nothing are 0.
// `pool` are the samples of the step's responses in order of (task, sample).
replay::v1::StepFacts ComputeFacts(const StepInput& input, absl::Span<const ScoredSample> pool,
                                   const Selection& selection);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_FACTS_H_
