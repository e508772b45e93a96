// Evaluates the served policy on prompts with constraints: generate, verify, summarise.
#ifndef HIR_EVALUATION_EVALUATION_H_
#define HIR_EVALUATION_EVALUATION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/client/ring_client.h"
#include "hir/data/record.h"
#include "hir/evaluation/answers.h"
#include "hir/run/evaluation_record.h"

namespace hir {

// Has the ring's workers generate one response per record (AskWorkers()) and its verifier decide
// the constraints. Blocks. Calls are repeated while a worker or the verifier is unreachable for a
// moment. CANCELLED: `should_stop` returned true. Other errors are the services' own. REQUIRES: the
// ring has a verifier and at least one worker.
absl::StatusOr<std::vector<EvalOutcome>> Evaluate(const RingStubs& ring,
                                                  const std::vector<InstructionRecord>& records,
                                                  const EvalSettings& settings,
                                                  const EvalHooks& hooks);

// `outcomes` are of Repeated() records (samples.h). With several samples the shares of prompts are
// means over the answers, with the bootstrap over prompts for their intervals, since the answers to
// one prompt depend on each other.
EvalSummary Summarise(const std::vector<EvalOutcome>& outcomes, int samples = 1);

// The lines of the evaluation's own file, one per answer (OutcomeJson()). `outcomes` may be of
// Repeated() records.
std::string OutcomeLines(const std::vector<InstructionRecord>& records,
                         const std::vector<EvalOutcome>& outcomes);

// The shares as a table for people.
std::string SummaryTable(const EvalSummary& summary);

}  // namespace hir

#endif  // HIR_EVALUATION_EVALUATION_H_
