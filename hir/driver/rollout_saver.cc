#include "hir/driver/rollout_saver.h"

#include <iterator>
#include <string>

#include "hir/base/log.h"
#include "hir/base/status_macros.h"

namespace hir {

absl::Status RolloutSaver::SaveUpTo(int64_t step, const std::function<bool()>& should_stop) {
  while (asked_to_ < step) missing_.insert(++asked_to_);
  for (auto next = missing_.begin(); next != missing_.end();) {
    HIR_ASSIGN_OR_RETURN(const bool settled, Save(*next, should_stop));
    next = settled ? missing_.erase(next) : std::next(next);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> RolloutSaver::Save(int64_t step, const std::function<bool()>& should_stop) {
  // An earlier command of this run may have saved it.
  if (folder_.HasRollouts(step)) return true;
  const auto records = replay_.ReadStep(step);
  if (should_stop()) return absl::CancelledError("interrupted.");
  if (records.ok()) {
    HIR_RETURN_IF_ERROR(folder_.SaveRollouts(step, *records));
    return true;
  }
  // Training does not depend on these, so an error of replay does not end the run. A step older
  // than the kept checkpoints is refused: replay has dropped it for good.
  Log(Severity::kWarning, "no rollouts of a step",
      {{"step", step}, {"why", std::string(records.status().message())}});
  return absl::IsFailedPrecondition(records.status());
}

}  // namespace hir
