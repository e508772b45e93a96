#include "services/replay/replay_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/rpc/chunks.h"
#include "hir/rpc/status.h"
#include "services/replay/batch_reader.h"
#include "services/replay/leasing.h"
#include "services/replay/records.h"
#include "services/replay/sample_intake.h"
#include "services/replay/task_intake.h"

namespace hir {
namespace {

using namespace replay::v1;  // NOLINT: the messages of the service's own contract.
using grpc::ServerContext;

// Whoever keeps people's records reads a step after the learner trained it, and may lag or restart.
constexpr int64_t kStepsKeptForReaders = 16;

void FillProgress(const std::string& run, const RunProgress& progress,
                  GetProgressResponse& response) {
  response.set_newest_frozen_step(progress.newest_frozen_step);
  *response.mutable_weights() = ToProto(run, progress.weights);
  response.set_tasks(progress.tasks);
  response.set_tasks_completed(progress.tasks_completed);
  response.set_tasks_leased(progress.tasks_leased);
  response.set_tasks_abandoned(progress.tasks_abandoned);
  response.set_samples(progress.samples);
  response.set_workers(progress.workers);
  response.set_collecting_step(progress.collecting_step);
  response.set_collecting_samples(progress.collecting.inserted);
  response.set_collecting_expected(progress.collecting.expected);
}

// Every write of a learner names the weights it speaks of.
absl::Status CheckWeights(const common::v1::WeightsId& weights) {
  if (weights.version() >= 0 && weights.incarnation() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("weights are incarnation ", weights.incarnation(), ", version ",
                   weights.version(), "; incarnations count from 1 and versions from 0"));
}

}  // namespace

ReplayService::ReplayService(ReplayStore& store, const PromptEncoder& encoder,
                             ReplayMetrics& metrics)
    : store_(store),
      encoder_(encoder),
      metrics_(metrics),
      runs_(store, encoder),
      freezer_(store, runs_, encoder, metrics),
      gauges_(store, metrics) {}

void ReplayService::Stop() {
  freezer_.Stop();
  inserts_.Stop();
}

grpc::Status ReplayService::CreateRun(ServerContext*, const CreateRunRequest* request,
                                      CreateRunResponse* response) {
  const absl::StatusOr<bool> created = runs_.Create(request->run(), request->config_yaml());
  if (created.ok()) response->set_created(*created);
  return ToGrpc(created.status());
}

grpc::Status ReplayService::GetRun(ServerContext*, const GetRunRequest* request,
                                   GetRunResponse* response) {
  const absl::StatusOr<RunState> state = store_.GetRun(request->run());
  if (!state.ok()) return ToGrpc(state.status());
  response->set_config_yaml(state->record.config);
  response->set_tokenizer_digest(state->record.tokenizer_digest);
  *response->mutable_weights() = ToProto(request->run(), state->weights);
  response->set_checkpoint_version(state->checkpoint_version);
  return grpc::Status::OK;
}

grpc::Status ReplayService::PutTasks(ServerContext*, const PutTasksRequest* request,
                                     PutTasksResponse* response) {
  const auto put = [&]() -> absl::StatusOr<PutTasksResult> {
    HIR_ASSIGN_OR_RETURN(const auto config, runs_.Find(request->run()));
    HIR_ASSIGN_OR_RETURN(const std::vector<TaskRecord> tasks,
                         PrepareTasks(*request, *config, encoder_));
    return store_.PutTasks(request->run(), tasks);
  };
  const absl::StatusOr<PutTasksResult> result = put();
  if (!result.ok()) return ToGrpc(result.status());
  response->set_added(result->added);
  response->set_existing(result->existing);
  return grpc::Status::OK;
}

grpc::Status ReplayService::GetProgress(ServerContext*, const GetProgressRequest* request,
                                        GetProgressResponse* response) {
  const absl::StatusOr<RunProgress> progress = store_.GetProgress(request->run());
  if (!progress.ok()) return ToGrpc(progress.status());
  FillProgress(request->run(), *progress, *response);
  gauges_.Watch(request->run());
  return grpc::Status::OK;
}

grpc::Status ReplayService::ReadStep(ServerContext*, const ReadStepRequest* request,
                                     grpc::ServerWriter<RolloutRecord>* writer) {
  return ToGrpc(hir::ReadStep(
      store_, *request, [writer](const RolloutRecord& record) { return writer->Write(record); }));
}

grpc::Status ReplayService::DeleteRun(ServerContext*, const DeleteRunRequest* request,
                                      DeleteRunResponse*) {
  return ToGrpc(runs_.Delete(request->run()));
}

grpc::Status ReplayService::LeaseTasks(ServerContext*, const LeaseTasksRequest* request,
                                       LeaseTasksResponse* response) {
  gauges_.Watch(request->run());
  absl::StatusOr<LeaseTasksResponse> leased = LeaseToWorker(*request, store_, freezer_, metrics_);
  if (!leased.ok()) return ToGrpc(leased.status());
  *response = *std::move(leased);
  return grpc::Status::OK;
}

grpc::Status ReplayService::RenewLeases(ServerContext*, const RenewLeasesRequest* request,
                                        RenewLeasesResponse* response) {
  std::vector<LeaseToken> leases;
  for (const RenewLeasesRequest::Lease& lease : request->leases()) {
    leases.push_back({lease.task(), lease.fencing_token()});
  }
  const absl::StatusOr<std::vector<uint64_t>> renewed = store_.RenewLeases(request->run(), leases);
  if (!renewed.ok()) return ToGrpc(renewed.status());
  response->mutable_renewed_tasks()->Add(renewed->begin(), renewed->end());
  return grpc::Status::OK;
}

grpc::Status ReplayService::Insert(
    ServerContext* context, grpc::ServerReaderWriter<InsertResult, common::v1::Chunk>* stream) {
  const OpenStreams::Member member(inserts_, *context);
  ChunkJoiner joiner;
  common::v1::Chunk chunk;
  while (stream->Read(&chunk)) {
    const absl::StatusOr<bool> whole = joiner.Add(chunk);
    if (!whole.ok()) return ToGrpc(whole.status());
    if (!*whole) continue;
    const auto result = TakeSample(joiner.Take(), store_, freezer_, metrics_);
    if (!result.ok()) return ToGrpc(result.status());
    if (!stream->Write(*result)) break;
  }
  if (joiner.pending()) {
    return ToGrpc(
        absl::InvalidArgumentError("the stream ended in the middle of a chunked response"));
  }
  return grpc::Status::OK;
}

grpc::Status ReplayService::TakeIncarnation(ServerContext*, const TakeIncarnationRequest* request,
                                            TakeIncarnationResponse* response) {
  const absl::StatusOr<uint64_t> incarnation =
      store_.TakeIncarnation(request->run(), request->learner());
  if (incarnation.ok()) response->set_incarnation(*incarnation);
  return ToGrpc(incarnation.status());
}

grpc::Status ReplayService::GetBatch(ServerContext* context, const GetBatchRequest* request,
                                     GetBatchResponse* response) {
  const absl::StatusOr<Manifest> manifest = freezer_.WaitForFrozen(
      request->run(), request->step(), [context] { return context->IsCancelled(); });
  if (!manifest.ok()) return ToGrpc(manifest.status());
  absl::StatusOr<GetBatchResponse> batch = BatchOf(*manifest);
  if (!batch.ok()) return ToGrpc(batch.status());
  *response = *std::move(batch);
  return grpc::Status::OK;
}

grpc::Status ReplayService::ReadShard(ServerContext*, const ReadShardRequest* request,
                                      grpc::ServerWriter<TrainingRow>* writer) {
  return ToGrpc(hir::ReadShard(store_, *request,
                               [writer](const TrainingRow& row) { return writer->Write(row); }));
}

grpc::Status ReplayService::AdvanceVersion(ServerContext*, const AdvanceVersionRequest* request,
                                           AdvanceVersionResponse*) {
  const common::v1::WeightsId& weights = request->weights();
  if (const absl::Status status = CheckWeights(weights); !status.ok()) return ToGrpc(status);
  return ToGrpc(store_.AdvanceVersion(weights.run(), ToStored(weights), request->batch_digest()));
}

grpc::Status ReplayService::CommitCheckpoint(ServerContext*, const CommitCheckpointRequest* request,
                                             CommitCheckpointResponse*) {
  const common::v1::WeightsId& weights = request->weights();
  if (const absl::Status status = CheckWeights(weights); !status.ok()) return ToGrpc(status);
  if (request->oldest_kept_version() > weights.version()) {
    return ToGrpc(absl::InvalidArgumentError(
        absl::StrCat("oldest_kept_version is ", request->oldest_kept_version(),
                     " but the checkpoint itself is version ", weights.version())));
  }
  const int64_t droppable =
      std::min(request->oldest_kept_version(), weights.version() - kStepsKeptForReaders);
  return ToGrpc(store_.CommitCheckpoint(weights.run(), ToStored(weights), droppable));
}

grpc::Status ReplayService::ListWorkers(ServerContext*, const ListWorkersRequest* request,
                                        ListWorkersResponse* response) {
  const auto workers = store_.ListWorkers(request->run(), kWorkerAge);
  if (!workers.ok()) return ToGrpc(workers.status());
  for (const WorkerRecord& record : *workers) {
    absl::StatusOr<Worker> worker = ParseStored<Worker>(record.payload, "worker");
    if (!worker.ok()) return ToGrpc(worker.status());
    *worker->mutable_last_seen() = ToProto(record.last_seen);
    *response->add_workers() = *std::move(worker);
  }
  return grpc::Status::OK;
}

}  // namespace hir
