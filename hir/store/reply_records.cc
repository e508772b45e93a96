#include "hir/store/reply_records.h"

#include "absl/strings/str_cat.h"
#include "hir/store/whole_characters.h"

namespace hir {

absl::Status UnexpectedReply(absl::string_view what) {
  return absl::InternalError(
      absl::StrCat("Redis answered ", what, " in a form this version does not know"));
}

WeightsId ReadWeights(ReplyReader& reader) {
  WeightsId weights;
  weights.incarnation = reader.Uint();
  weights.version = reader.Int();
  weights.digest = reader.Text();
  return weights;
}

StepState ReadStepState(ReplyReader& reader) {
  StepState state;
  state.frozen = reader.Bool();
  state.complete = reader.Bool();
  state.dropped = reader.Bool();
  state.tasks = reader.Uint();
  state.expected = reader.Uint();
  state.inserted = reader.Uint();
  state.abandoned = reader.Uint();
  state.first_insert = reader.Time();
  state.now = reader.Time();
  state.abandon_reason = WholeCharacters(reader.Text());
  return state;
}

std::vector<LostLease> ReadLostLeases(ReplyReader& reader) {
  const std::vector<uint64_t> pairs = reader.Uints();
  std::vector<LostLease> lost;
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    lost.push_back({pairs[i], static_cast<int64_t>(pairs[i + 1])});
  }
  return lost;
}

absl::StatusOr<TaskLease> ReadTaskLease(const RedisReply& list) {
  ReplyReader reader(list);
  TaskLease lease;
  lease.task = reader.Uint();
  lease.token = reader.Uint();
  const std::string have = reader.Text();
  for (size_t i = 0; i < have.size(); ++i) {
    if (have[i] == '0') lease.missing_samples.push_back(static_cast<uint32_t>(i));
  }
  lease.expires_at = reader.Time();
  lease.payload = reader.Text();
  if (!reader.ok()) return UnexpectedReply("a lease");
  return lease;
}

absl::StatusOr<StepTask> ReadStepTask(const RedisReply& list) {
  ReplyReader reader(list);
  StepTask task;
  task.task = reader.Uint();
  task.responses = static_cast<uint32_t>(reader.Uint());
  task.abandoned = reader.Text() == "abandoned";
  task.payload = reader.Text();
  if (!reader.ok()) return UnexpectedReply("a task");
  return task;
}

absl::StatusOr<WorkerRecord> ReadWorker(const RedisReply& list) {
  ReplyReader reader(list);
  WorkerRecord worker;
  worker.address = reader.Text();
  worker.payload = reader.Text();
  worker.last_seen = reader.Time();
  if (!reader.ok()) return UnexpectedReply("a worker");
  return worker;
}

}  // namespace hir
