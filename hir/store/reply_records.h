// Reads the records of the store out of the answers of its scripts.
#ifndef HIR_STORE_REPLY_RECORDS_H_
#define HIR_STORE_REPLY_RECORDS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hir/store/replay_store.h"
#include "hir/store/reply_reader.h"

namespace hir {

// INTERNAL: scripts and their callers are one program, so an answer that does not fit is a broken
// invariant. `what` names the answer, e.g. "a lease".
absl::Status UnexpectedReply(absl::string_view what);

// These take as many elements as the record has; `reader` then says whether they fitted.
WeightsId ReadWeights(ReplyReader& reader);
StepState ReadStepState(ReplyReader& reader);
std::vector<LostLease> ReadLostLeases(ReplyReader& reader);

// A list that is one record. INTERNAL: it does not fit.
absl::StatusOr<TaskLease> ReadTaskLease(const RedisReply& list);
absl::StatusOr<StepTask> ReadStepTask(const RedisReply& list);
absl::StatusOr<WorkerRecord> ReadWorker(const RedisReply& list);

}  // namespace hir

#endif  // HIR_STORE_REPLY_RECORDS_H_
