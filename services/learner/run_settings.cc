#include "services/learner/run_settings.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/config/schema.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

absl::StatusOr<RunConfig> ReadRunSettings(const LearnerServiceConfig& config, Ledger& ledger) {
  HIR_ASSIGN_OR_RETURN(const replay::v1::GetRunResponse response, ledger.GetRun());
  HIR_ASSIGN_OR_RETURN(RunConfig run, ParseRunConfig(response.config_yaml()));
  if (!config.model.empty()) run.model.path = config.model;
  HIR_ASSIGN_OR_RETURN(const std::unique_ptr<Tokenizer> tokenizer, Tokenizer::Load(run.model.path));
  if (response.tokenizer_digest() != tokenizer->digest()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the tokenizer in ", run.model.path, " has digest ", tokenizer->digest(),
                     ", replay's for run ", config.run, " has ", response.tokenizer_digest(),
                     "; give --model the folder the run was made with"));
  }
  return run;
}

}  // namespace hir
