// Reads the store's records from the answers of its scripts.
#ifndef HIR_STORE_REPLY_RECORDS_H_
#define HIR_STORE_REPLY_RECORDS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hir/store/replay_store.h"
#include "hir/store/reply_reader.h"

namespace hir {

// INTERNAL: scripts and callers are built together, so a malformed answer is a broken invariant.
// `what` names the answer, e.g. "a lease".
absl::Status UnexpectedReply(absl::string_view what);

// These read as many elements as the record has; afterwards reader.ok() tells whether they were
// well-formed.
WeightsId ReadWeights(ReplyReader& reader);
StepState ReadStepState(ReplyReader& reader);
std::vector<LostLease> ReadLostLeases(ReplyReader& reader);

// These read a list that holds one record. INTERNAL: it is malformed.
absl::StatusOr<TaskLease> ReadTaskLease(const RedisReply& list);
absl::StatusOr<StepTask> ReadStepTask(const RedisReply& list);
absl::StatusOr<WorkerRecord> ReadWorker(const RedisReply& list);

}  // namespace hir

#endif  // HIR_STORE_REPLY_RECORDS_H_
