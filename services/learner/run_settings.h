// Reads the settings of a run from replay.
#ifndef HIR_SERVICES_LEARNER_RUN_SETTINGS_H_
#define HIR_SERVICES_LEARNER_RUN_SETTINGS_H_

#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "services/learner/config.h"
#include "services/learner/ledger.h"

namespace hir {

// Returns the run's configuration, with the model folder of `config` if it names one. Errors: those
// of the ledger and of Tokenizer::Load(); FAILED_PRECONDITION: the model folder's tokenizer is not
// the one with which replay tokenises prompts.
absl::StatusOr<RunConfig> ReadRunSettings(const LearnerServiceConfig& config, Ledger& ledger);

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_RUN_SETTINGS_H_
