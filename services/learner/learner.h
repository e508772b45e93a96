// Assembles the learner and runs it to its end.
#ifndef HIR_SERVICES_LEARNER_LEARNER_H_
#define HIR_SERVICES_LEARNER_LEARNER_H_

#include "absl/status/status.h"
#include "hir/process/service_main.h"
#include "services/learner/config.h"

namespace hir {

// Trains the run to its last step, then serves watchers and workers until the stop signal. OK when
// told to stop, also during training. Errors: those of its parts.
absl::Status RunLearner(const LearnerServiceConfig& config, ServiceContext& context);

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_LEARNER_H_
