// A response with its verdicts, as hindsight and the batch of its step look at it.
#ifndef HIR_DOMAIN_SCORED_RESPONSE_H_
#define HIR_DOMAIN_SCORED_RESPONSE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hir/domain/sample_id.h"
#include "hir/domain/verdict.h"
#include "hir/domain/weights_id.h"

namespace hir {

// Its tokens, log-probabilities and text stay where they are stored.
struct ScoredResponse {
  SampleId id;
  int64_t tokens = 0;           // T >= 0, the end token counted.
  double entropy_mean = 0.0;    // Nats, over its tokens; finite, >= -kRounding (response.h).
  bool truncated = false;       // Cut at the length limit.
  bool reasoning_ended = true;  // True also of a response that does not reason.
  bool rewritable = true;       // False: the question tells its constraints itself; never replayed.
  std::vector<Verdict> verdicts;  // Strict; one per constraint of its instruction.
  std::vector<Votes> votes;       // Like `verdicts`, or empty: nobody voted.
  // Like `verdicts`, or empty: what each constraint refers to (Constraint::depends_on).
  std::vector<std::vector<size_t>> depends_on;
  std::string verifier_build;      // Whose verdicts they are.
  std::vector<WeightsId> weights;  // That drew the tokens, oldest token first.
};

}  // namespace hir

#endif  // HIR_DOMAIN_SCORED_RESPONSE_H_
