// Whether a learner may go on from what it found: checkpoint, records of its steps and replay's
// ledger must tell one story.
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

struct ResumeState {
  std::optional<FoundCheckpoint> checkpoint;
  std::map<int64_t, std::string> trained;  // Digests of the batches of trained steps, by step.
};

// FAILED_PRECONDITION: the message says what is missing or different, and what to do. Errors of the
// ledger. A ledger that no learner has written to yet is taken for the successor of a lost one with
// `new_ledger`.
absl::Status CheckResume(const ResumeState& found, bool new_ledger, Ledger& ledger);

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_RESUME_CHECK_H_
