// Picks the failed responses of one learner step to replay in hindsight.
//
// Source: HiR, arXiv:2512.23457 ("select" of select-then-rewrite). Pure: no I/O, clock or lock, and
// the random mode draws by counter, so a run can be recomputed from its records. The result never
// depends on the order of the pool. Deviations: modes other than hir are ablations of this project.
#ifndef HIR_HINDSIGHT_SELECTOR_H_
#define HIR_HINDSIGHT_SELECTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/config/run_config.h"
#include "hir/domain/scored_response.h"

namespace hir {

struct SelectionSettings {
  HindsightConfig hindsight;  // Of the run; replay_per_prompt is k.
  int instructions = 0;       // B >= 0, including those without a response.
  uint64_t seed = 0;          // Of the run; used by kRandom only, together with the step.
};

// The parts of F(y) = F_div(y) + lambda_s * F_int(y).
struct SelectionScore {
  double diversity = 0.0;  // F_div in nats.
  double integrity = 0.0;  // F_int = CLA.
  double total = 0.0;      // The rank's key in this mode; see SelectionMode.
};

// An eligible response and its score.
struct Candidate {
  size_t index = 0;  // Into the pool.
  SelectionScore score;
};

// Why a response of the pool is not replayed; the first reason that applies.
enum class SkipReason {
  kNotRewritable,  // Its question contains the constraints itself.
  kAllMet,         // A success needs no hindsight,
  kNoneMet,        // and a response that met nothing is no success for any instruction.
  kUnknown,        // None failed and none passed: all verdicts are undecidable, or there are none.
  kNoneKept,   // Some are met, but a rewritten instruction could keep none of them (rewriter.h).
  kTruncated,  // hindsight.replay_truncated is false.
  kPromptTooLong,  // Eligible, but `accept` returned false: its rewritten prompt is too long.
  kNotPicked,      // Eligible, but there was no place.
};

inline constexpr std::array<SkipReason, 8> kSkipReasons = {
    SkipReason::kNotRewritable, SkipReason::kAllMet,   SkipReason::kNoneMet,
    SkipReason::kUnknown,       SkipReason::kNoneKept, SkipReason::kTruncated,
    SkipReason::kPromptTooLong, SkipReason::kNotPicked};

// "not_rewritable", "all_met" and so on, as in metrics and `hir hindsight`.
const char* SkipReasonName(SkipReason reason);

struct Selection {
  double lambda = 0.0;                 // lambda_s of the step, in every mode.
  int64_t eligible = 0;                // Responses of the pool that might be replayed.
  int64_t requested = 0;               // K = k * B; mode all: `eligible`; mode off: 0.
  std::vector<Candidate> picked;       // Best first; at most `requested`.
  std::vector<Candidate> rejected;     // Rejected by `accept`, in the order of the calls.
  std::vector<Candidate> passed_over;  // The other eligible candidates, best first.
  // The reason for each response of the pool; nullopt if it is picked.
  std::vector<std::optional<SkipReason>> skipped;

  // By how many replayed responses the batch falls short of `requested`.
  int64_t shortfall() const { return requested - static_cast<int64_t>(picked.size()); }
};

// Score of one response. `lambda` >= 0.
SelectionScore ScoreOf(const ScoredResponse& response, const HindsightConfig& settings,
                       double lambda);

// Selects from `pool` for learner step `step` >= 1. Ranking: higher score, then higher F_div, then
// lower (task, sample) as numbers; in mode random by a draw for (seed, step, task, sample).
// Calls `accept`, which says whether a candidate's rewritten prompt fits, for candidates, best
// first (task by task in scope instruction), once each, until enough are accepted; the next
// candidate replaces a rejected one. O(n log n).
//
// INVALID_ARGUMENT: a setting or a response outside its range; the message names field and sample.
absl::StatusOr<Selection> SelectForReplay(absl::Span<const ScoredResponse> pool,
                                          const SelectionSettings& settings, int64_t step,
                                          absl::FunctionRef<bool(const Candidate&)> accept);

// Like the above, but accepts every candidate.
absl::StatusOr<Selection> SelectForReplay(absl::Span<const ScoredResponse> pool,
                                          const SelectionSettings& settings, int64_t step);

}  // namespace hir

#endif  // HIR_HINDSIGHT_SELECTOR_H_
