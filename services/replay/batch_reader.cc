#include "services/replay/batch_reader.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/batch/shards.h"
#include "services/replay/records.h"
#include "services/replay/step_loader.h"

namespace hir {
namespace {

constexpr uint32_t kMaxWorldSize = 4096;

absl::StatusOr<replay::v1::FrozenBatch> ParseBatch(const Manifest& manifest) {
  HIR_ASSIGN_OR_RETURN(auto batch, ParseStored<replay::v1::FrozenBatch>(manifest.bytes, "batch"));
  HIR_RETURN_IF_ERROR(CheckSchema(batch.schema_version(), kBatchSchema, "batch"));
  return batch;
}

absl::StatusOr<replay::v1::FrozenBatch> FrozenBatchOf(ReplayStore& store, const std::string& run,
                                                      int64_t step) {
  HIR_ASSIGN_OR_RETURN(const std::optional<Manifest> manifest, store.ReadManifest(run, step));
  if (!manifest.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("step ", step, " of run '", run, "' is not frozen"));
  }
  HIR_ASSIGN_OR_RETURN(const StepState state, store.GetStep(run, step));
  if (state.dropped) {
    return absl::FailedPreconditionError(
        absl::StrCat("the samples of step ", step, " of run '", run,
                     "' were deleted when every kept checkpoint was newer"));
  }
  return ParseBatch(*manifest);
}

using TokenIds = google::protobuf::RepeatedField<int32_t>;

// Of each task, the prompt that this service made of it; empty once the step is dropped.
absl::StatusOr<std::map<uint64_t, TokenIds>> PromptsOf(ReplayStore& store, const std::string& run,
                                                       int64_t step) {
  HIR_ASSIGN_OR_RETURN(const std::vector<StepTask> tasks, store.GetStepTasks(run, step));
  std::map<uint64_t, TokenIds> prompts;
  for (const StepTask& task : tasks) {
    HIR_ASSIGN_OR_RETURN(auto stored, ParseStored<replay::v1::LeasedTask>(task.payload, "task"));
    prompts[task.task] = std::move(*stored.mutable_prompt_token_ids());
  }
  return prompts;
}

// `prompt` is the task's, not the copy that came back with the response.
replay::v1::TrainingRow RowOf(const common::v1::ScoredResponse& scored,
                              const replay::v1::BatchRow& row, const TokenIds& prompt,
                              const replay::v1::FrozenBatch::TokenIds* rewritten) {
  const common::v1::Response& response = scored.response();
  replay::v1::TrainingRow result;
  result.set_task(row.task());
  result.set_sample(row.sample());
  result.set_replayed(row.replayed());
  result.set_included(row.included());
  result.set_reward(row.reward());
  *result.mutable_token_ids() = response.token_ids();
  *result.mutable_logprobs() = response.logprobs();
  if (rewritten != nullptr) {
    *result.mutable_prompt_token_ids() = rewritten->ids();
    *result.mutable_original_prompt_token_ids() = prompt;
    return result;
  }
  *result.mutable_prompt_token_ids() = prompt;
  return result;
}

// Rows of one rank, and for each its place among the rewritten prompts (-1: an original).
struct ShardPlan {
  std::vector<int> rows;
  std::vector<int> rewritten;
  std::vector<SampleId> keys;
};

ShardPlan PlanShard(const replay::v1::FrozenBatch& batch, uint32_t rank, uint32_t world_size) {
  std::vector<ShardRow> rows;
  for (const replay::v1::BatchRow& row : batch.rows()) rows.push_back({row.task(), row.tokens()});
  const std::vector<uint32_t> ranks = AssignShards(rows, batch.mini_batches(), world_size);
  ShardPlan plan;
  int replayed = 0;
  for (int i = 0; i < batch.rows_size(); ++i) {
    const replay::v1::BatchRow& row = batch.rows(i);
    const int place = row.replayed() ? replayed++ : -1;
    if (ranks[i] != rank) continue;
    plan.rows.push_back(i);
    plan.rewritten.push_back(place);
    plan.keys.push_back({row.task(), row.sample()});
  }
  return plan;
}

// A response of a step for ReadStep().
struct StepRecord {
  SampleId key;
  const replay::v1::BatchRow* replay = nullptr;                     // If it was replayed.
  const replay::v1::FrozenBatch::LeftOutGroup* left_out = nullptr;  // If its group was.
};

// Those of the batch in row order, then the others. Points into `batch`.
std::vector<StepRecord> RecordsOf(const replay::v1::FrozenBatch& batch) {
  std::vector<StepRecord> records;
  for (const replay::v1::BatchRow& row : batch.rows()) {
    // A replayed row follows its original.
    if (row.replayed()) {
      records.back().replay = &row;
    } else {
      records.push_back({.key = {row.task(), row.sample()}});
    }
  }
  for (const replay::v1::FrozenBatch::LeftOutGroup& group : batch.left_out()) {
    for (uint32_t sample = 0; sample < group.responses(); ++sample) {
      records.push_back({.key = {group.task(), sample}, .left_out = &group});
    }
  }
  return records;
}

}  // namespace

absl::StatusOr<replay::v1::GetBatchResponse> BatchOf(const Manifest& manifest) {
  HIR_ASSIGN_OR_RETURN(replay::v1::FrozenBatch batch, ParseBatch(manifest));
  replay::v1::GetBatchResponse response;
  response.set_batch_digest(manifest.digest);
  *response.mutable_facts() = std::move(*batch.mutable_facts());
  *response.mutable_rows() = std::move(*batch.mutable_rows());
  return response;
}

absl::Status ReadShard(ReplayStore& store, const replay::v1::ReadShardRequest& request,
                       absl::FunctionRef<bool(const replay::v1::TrainingRow&)> use) {
  if (request.rank() >= request.world_size() || request.world_size() > kMaxWorldSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("rank ", request.rank(), " of world size ", request.world_size(),
                     " is impossible; there are 1 to ", kMaxWorldSize, " ranks, counted from 0"));
  }
  HIR_ASSIGN_OR_RETURN(const replay::v1::FrozenBatch batch,
                       FrozenBatchOf(store, request.run(), request.step()));
  HIR_ASSIGN_OR_RETURN(auto prompts, PromptsOf(store, request.run(), request.step()));
  const ShardPlan plan = PlanShard(batch, request.rank(), request.world_size());
  return ForEachSample(store, request.run(), request.step(), plan.keys,
                       [&](size_t i, const common::v1::ScoredResponse& scored) {
                         const int place = plan.rewritten[i];
                         replay::v1::TrainingRow row =
                             RowOf(scored, batch.rows(plan.rows[i]), prompts[plan.keys[i].task],
                                   place < 0 ? nullptr : &batch.rewritten_prompts(place));
                         row.set_row(static_cast<uint32_t>(plan.rows[i]));
                         return use(row);
                       });
}

absl::Status ReadStep(ReplayStore& store, const replay::v1::ReadStepRequest& request,
                      absl::FunctionRef<bool(const replay::v1::RolloutRecord&)> use) {
  HIR_ASSIGN_OR_RETURN(const replay::v1::FrozenBatch batch,
                       FrozenBatchOf(store, request.run(), request.step()));
  const std::vector<StepRecord> records = RecordsOf(batch);
  std::vector<SampleId> keys;
  std::set<uint64_t> tasks;
  for (const StepRecord& record : records) {
    keys.push_back(record.key);
    tasks.insert(record.key.task);
  }
  const auto step_tasks = static_cast<uint32_t>(tasks.size()) + batch.facts().abandoned_tasks();
  return ForEachSample(store, request.run(), request.step(), keys,
                       [&](size_t i, common::v1::ScoredResponse scored) {
                         replay::v1::RolloutRecord record;
                         *record.mutable_scored() = std::move(scored);
                         record.set_step_tasks(step_tasks);
                         const StepRecord& which = records[i];
                         if (which.replay != nullptr) *record.mutable_replay() = *which.replay;
                         if (which.left_out != nullptr) {
                           record.set_left_out(which.left_out->reason());
                         }
                         return use(record);
                       });
}

}  // namespace hir
