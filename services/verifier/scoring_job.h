// The work on one response of a stream: from its checks to what replay is to have.
#ifndef HIR_SERVICES_VERIFIER_SCORING_JOB_H_
#define HIR_SERVICES_VERIFIER_SCORING_JOB_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hir/checkers/core/registry.h"
#include "hir/checkers/core/response_text.h"
#include "hir/common/v1/common.pb.h"
#include "hir/domain/verdict.h"
#include "hir/metrics/service_metrics.h"
#include "hir/rpc/quota.h"
#include "services/verifier/translation.h"

namespace hir {

// A response whose constraints are being decided, some of them perhaps at the same time.
// Thread-safe until it is finished.
class ScoringJob {
 public:
  enum class Progress {
    kUndecided,  // Other constraints are still to be decided.
    kComplete,   // That was the last one: Finish() is this caller's to call.
    kAbandoned,  // The same, but some were left undecided, since nobody waits for the answer.
  };

  // Takes a response that came at `now`. `held` is what it takes of its stream's quota.
  // INVALID_ARGUMENT: the response can't be taken, now or later.
  static absl::StatusOr<std::shared_ptr<ScoringJob>> Start(const CheckerRegistry& registry,
                                                           common::v1::Response response,
                                                           std::shared_ptr<const Quota::Share> held,
                                                           absl::Time now);

  const common::v1::SampleId& id() const { return scored_.response().id(); }

  // Numbers of the constraints that this program decides itself, and of those whose checkers wait
  // for another process.
  std::vector<size_t> OwnConstraints() const { return ConstraintsThat(/*wait=*/false); }
  std::vector<size_t> WaitingConstraints() const { return ConstraintsThat(/*wait=*/true); }

  // What checkers see of the response.
  ResponseText Text() const;

  // Asks the checker of `constraint` about Text(). Blocks for as long as that takes.
  CheckResult Decide(size_t constraint, const ResponseText& text) const;
  // Instead of Decide(), when nobody waits for the answer any more: asking would cost time or
  // money.
  CheckResult LeaveUndecided();

  // Notes what was decided. Each constraint is added once.
  Progress Add(absl::Span<const size_t> constraints, std::vector<CheckResult> results);

  // The response with its verdicts, which are counted and traced, at `now`. It is moved out, and
  // leaves nothing but TakeHeld() to be called. INVALID_ARGUMENT: with its verdicts it is too large
  // to be sent. REQUIRES: Add() returned kComplete.
  absl::StatusOr<common::v1::ScoredResponse> Finish(VerifierMetrics& metrics, absl::Time now);
  std::shared_ptr<const Quota::Share> TakeHeld() { return std::move(held_); }

 private:
  ScoringJob(Checkers checkers, std::shared_ptr<const Quota::Share> held, absl::Time start);

  std::vector<size_t> ConstraintsThat(bool wait) const;

  const Checkers checkers_;
  std::shared_ptr<const Quota::Share> held_;
  const absl::Time start_;
  common::v1::ScoredResponse scored_;
  absl::Mutex mutex_;
  std::vector<CheckResult> results_ ABSL_GUARDED_BY(mutex_);
  size_t undecided_ ABSL_GUARDED_BY(mutex_);
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hir

#endif  // HIR_SERVICES_VERIFIER_SCORING_JOB_H_
