// Puts the learner together and runs it to the end.
#ifndef HIR_SERVICES_LEARNER_LEARNER_H_
#define HIR_SERVICES_LEARNER_LEARNER_H_

#include "absl/status/status.h"
#include "hir/rpc/service_main.h"
#include "services/learner/config.h"

namespace hir {

// Serves until the stop signal: trains the run to its last step, then keeps answering watchers and
// workers. OK when told to stop, during training too. Errors: those of the parts.
absl::Status RunLearner(const LearnerServiceConfig& config, ServiceContext& context);

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_LEARNER_H_
