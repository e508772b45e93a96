// Checks that a response answers the task that it names, under the settings of its run.
#ifndef HIR_SERVICES_REPLAY_TASK_MATCH_H_
#define HIR_SERVICES_REPLAY_TASK_MATCH_H_

#include <cstdint>

#include "absl/status/status.h"
#include "hir/common/v1/common.pb.h"
#include "hir/config/run_config.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/store/replay_store.h"
#include "services/replay/response_decoder.h"

namespace hir {

// Limits of the model that a run trains.
struct ModelLimits {
  int64_t vocabulary = 0;  // Token ids are below this; may exceed the tokenizer's.
  int64_t context = 0;     // Tokens of a prompt and its response together.
};

// Everything that a response is compared with.
struct Expectation {
  const replay::v1::LeasedTask& task;  // As stored in the ledger.
  const SampleContext&
      context;  // For the response's sample and its weights (WeightsOf() in records.h).
  const RunConfig& config;
  const ModelLimits& limits;
  const ResponseDecoder& decoder;
};

// Compares a response with its task. INVALID_ARGUMENT: instruction or prompt are not the task's, a
// token is not in the model's vocabulary, there are more tokens than the run or the model allows,
// the text is not that of the tokens, the mark that ends its reasoning is not the one that the
// prompt awaits, the sampling is not the run's, an entropy is impossible or not of the source that
// the run wants, or weights were never published in this run; the message names the sample and what
// is wrong. REQUIRES: CheckScoredResponse(scored).ok().
absl::Status CheckAgainstTask(const common::v1::ScoredResponse& scored,
                              const Expectation& expected);

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_TASK_MATCH_H_
