#include "services/learner/run_settings.h"

#include <memory>
#include <utility>

#include "hir/base/status_macros.h"
#include "hir/config/schema.h"
#include "hir/tokenizer/run_tokenizer.h"
#include "hir/tokenizer/tokenizer.h"

namespace hir {

absl::StatusOr<RunConfig> ReadRunSettings(const LearnerServiceConfig& config, Ledger& ledger) {
  HIR_ASSIGN_OR_RETURN(const replay::v1::GetRunResponse response, ledger.GetRun());
  HIR_ASSIGN_OR_RETURN(RunConfig run, ParseRunConfig(response.config_yaml()));
  // The folder may lie elsewhere on this machine than where the run was made.
  if (!config.model.empty()) run.model.path = config.model;
  HIR_ASSIGN_OR_RETURN(const std::unique_ptr<Tokenizer> tokenizer, Tokenizer::Load(run.model.path));
  // Replay made the prompts, and the workers the responses, as token ids of its tokenizer.
  HIR_RETURN_IF_ERROR(CheckRunTokenizer(config.run, response.tokenizer_digest(), run.model.path,
                                        tokenizer->digest()));
  return run;
}

}  // namespace hir
