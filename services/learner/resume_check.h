// Decides whether a learner may resume: checkpoint, records of trained steps and replay's ledger
// must be consistent.
#ifndef HIR_SERVICES_LEARNER_RESUME_CHECK_H_
#define HIR_SERVICES_LEARNER_RESUME_CHECK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "hir/train/checkpoints.h"
#include "services/learner/ledger.h"

namespace hir {

// What a learner found in the run's folder.
struct ResumeState {
  std::optional<FoundCheckpoint> checkpoint;
  std::map<int64_t, std::string> trained;  // Digests of the batches of trained steps, by step.
};

// FAILED_PRECONDITION: the message says what is missing or different, and what to do. Other errors:
// those of the ledger. With `new_ledger`, a ledger that no learner has written to is accepted as
// the successor of a lost one.
absl::Status CheckResume(const ResumeState& found, bool new_ledger, Ledger& ledger);

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_RESUME_CHECK_H_
