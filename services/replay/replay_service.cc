#include "services/replay/replay_service.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/config/retention.h"
#include "hir/domain/wire/ids.h"
#include "hir/domain/wire/response_check.h"
#include "hir/domain/wire/time.h"
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

constexpr int kMaxRenewals = 65'536;

// Learners start less often; beyond 2^53 Redis' scripts don't count right.
constexpr uint64_t kHighestLostIncarnation = uint64_t{1} << 32;

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
  if (weights.digest().size() > kMaxNameBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("weights have a digest of ", weights.digest().size(), " bytes"));
  }
  if (weights.version() >= 0 && weights.incarnation() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("weights are incarnation ", weights.incarnation(), ", version ",
                   weights.version(), "; incarnations count from 1 and versions from 0"));
}

// One call of GetBatch. Owns itself until gRPC is done with it. A learner waits here for most of a
// step, and learners of many runs at once: a reactor holds no thread meanwhile.
class BatchCall final : public grpc::ServerUnaryReactor {
 public:
  BatchCall(StepFreezer& freezer, Quota::Share waiting, const GetBatchRequest& request,
            GetBatchResponse& response)
      : freezer_(freezer),
        waiting_(std::move(waiting)),
        run_(request.run()),
        step_(request.step()),
        response_(response),
        // Last, since it may call End() before it returns.
        number_(freezer.AwaitFrozen(
            run_, step_, [this](const absl::StatusOr<Manifest>& manifest) { End(manifest); })) {}

  void OnCancel() override {
    // Forgotten already: the freezer is calling End(), and a call is finished once.
    if (!freezer_.Forget(run_, step_, number_)) return;
    Finish(ToGrpc(absl::CancelledError(absl::StrCat("step ", step_, " of run '", run_,
                                                    "' was not frozen while the caller waited"))));
  }
  void OnDone() override { delete this; }

 private:
  void End(const absl::StatusOr<Manifest>& manifest) {
    if (!manifest.ok()) return Finish(ToGrpc(manifest.status()));
    absl::StatusOr<GetBatchResponse> batch = BatchOf(*manifest);
    if (batch.ok()) response_ = *std::move(batch);
    Finish(ToGrpc(batch.status()));
  }

  StepFreezer& freezer_;
  const Quota::Share waiting_;
  const std::string run_;
  const int64_t step_;
  GetBatchResponse& response_;
  const uint64_t number_;
};

}  // namespace

ReplayService::ReplayService(ReplayStore& store, const PromptEncoder& encoder,
                             const ResponseDecoder& decoder, const ModelLimits& limits,
                             ReplayMetrics& metrics, const ReplayOptions& options)
    : store_(store),
      encoder_(encoder),
      decoder_(decoder),
      limits_(limits),
      metrics_(metrics),
      runs_(store, encoder),
      addresses_(options.addresses),
      freezer_(store, runs_, encoder, metrics),
      gauges_(store, metrics),
      insert_limits_(options.inserts),
      open_inserts_("Insert streams", options.inserts.streams),
      waiting_batches_("waiting calls", kWaitingBatches),
      unfinished_("bytes of unfinished responses", options.inserts.bytes) {}

void ReplayService::Stop() {
  // Both would keep a draining server until its deadline: a learner waits for the end of a step,
  // and a verifier keeps its stream open for as long as it is fed itself.
  freezer_.Stop();
  inserts_.Stop();
}

grpc::Status ReplayService::CreateRun(ServerContext*, const CreateRunRequest* request,
                                      CreateRunResponse* response) {
  // A run that exists with equal settings is not created, and that is not an error: `hir train`
  // resumes that way.
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
  response->set_first_version(state->first_version);
  response->set_dropped_step(state->dropped_step);
  return grpc::Status::OK;
}

grpc::Status ReplayService::PutTasks(ServerContext*, const PutTasksRequest* request,
                                     PutTasksResponse* response) {
  const auto put = [&]() -> absl::StatusOr<PutTasksResult> {
    HIR_ASSIGN_OR_RETURN(const auto config, runs_.Find(request->run()));
    // Their prompts are encoded once, here: every worker and the learner train on the same ids.
    HIR_ASSIGN_OR_RETURN(const std::vector<TaskRecord> tasks,
                         PrepareTasks(*request, *config, encoder_, limits_.context));
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
  // Gauges are of the runs that somebody asks about: the ledger may hold many that are long over.
  gauges_.Watch(request->run());
  return grpc::Status::OK;
}

grpc::Status ReplayService::ReadStep(ServerContext* context, const ReadStepRequest* request,
                                     grpc::ServerWriter<RolloutRecord>* writer) {
  // Records go out one by one: a step is larger than a message may be.
  WriteDeadline writes(*context);
  return ToGrpc(hir::ReadStep(store_, *request, [&](const RolloutRecord& record) {
    return writes.Write(*writer, record);
  }));
}

grpc::Status ReplayService::DeleteRun(ServerContext*, const DeleteRunRequest* request,
                                      DeleteRunResponse*) {
  return ToGrpc(runs_.Delete(request->run()));
}

grpc::Status ReplayService::LeaseTasks(ServerContext* context, const LeaseTasksRequest* request,
                                       LeaseTasksResponse* response) {
  // A worker's address is given to learners, which connect to it: it must be the caller's own.
  if (!request->worker().empty()) {
    const absl::Status own = addresses_.Check("worker", request->worker(), context->peer());
    if (!own.ok()) return ToGrpc(own);
  }
  absl::StatusOr<LeaseTasksResponse> leased = LeaseToWorker(*request, store_, freezer_, metrics_);
  if (!leased.ok()) return ToGrpc(leased.status());
  gauges_.Watch(request->run());
  *response = *std::move(leased);
  return grpc::Status::OK;
}

grpc::Status ReplayService::RenewLeases(ServerContext*, const RenewLeasesRequest* request,
                                        RenewLeasesResponse* response) {
  // The store renews them in one script, during which Redis does nothing else.
  if (request->leases_size() > kMaxRenewals) {
    return ToGrpc(absl::InvalidArgumentError(absl::StrCat("a call renews ", request->leases_size(),
                                                          " leases; it may renew ", kMaxRenewals)));
  }
  absl::StatusOr<RenewLeasesResponse> renewed = RenewOrEnd(*request, store_, freezer_, metrics_);
  if (!renewed.ok()) return ToGrpc(renewed.status());
  *response = *std::move(renewed);
  return grpc::Status::OK;
}

grpc::Status ReplayService::Insert(
    ServerContext* context, grpc::ServerReaderWriter<InsertResult, common::v1::Chunk>* stream) {
  Quota::Share open(open_inserts_, context->peer());
  if (const absl::Status status = open.Take(1); !status.ok()) return ToGrpc(status);
  // From here on Stop() ends the call too.
  const OpenStreams::Member member(inserts_, *context);
  const SampleDoor door = {.store = store_,
                           .runs = runs_,
                           .limits = limits_,
                           .decoder = decoder_,
                           .freezer = freezer_,
                           .metrics = metrics_};
  ChunkJoiner joiner(Quota::Share(unfinished_, context->peer()));
  StreamDeadline deadline(*context, insert_limits_);
  common::v1::Chunk chunk;
  while (true) {
    deadline.Await(joiner.pending());
    if (!stream->Read(&chunk)) break;
    const absl::StatusOr<bool> whole = joiner.Add(std::move(chunk));
    if (!whole.ok()) return ToGrpc(whole.status());
    if (!*whole) continue;
    // A response that is refused is told by its result. An error is of the stream - the ledger is
    // away, say - and has what is not answered sent again on the next one.
    const auto result = TakeSample(joiner.Take(), door);
    if (!result.ok()) return ToGrpc(result.status());
    if (!stream->Write(*result)) break;
  }
  // The verifier sends the whole response again; half of one must not pass for a good end.
  if (joiner.pending()) {
    return ToGrpc(
        absl::InvalidArgumentError("the stream ended in the middle of a chunked response"));
  }
  return grpc::Status::OK;
}

grpc::Status ReplayService::TakeIncarnation(ServerContext* context,
                                            const TakeIncarnationRequest* request,
                                            TakeIncarnationResponse* response) {
  // Workers fetch weights from this address, so it must be the caller's own as well.
  const absl::Status own = addresses_.Check("learner", request->learner(), context->peer());
  if (!own.ok()) return ToGrpc(own);
  if (request->above() > kHighestLostIncarnation) {
    return ToGrpc(absl::InvalidArgumentError(
        absl::StrCat("above is ", request->above(), "; it is at most ", kHighestLostIncarnation)));
  }
  const absl::StatusOr<uint64_t> incarnation =
      store_.TakeIncarnation(request->run(), request->learner(), request->above());
  if (incarnation.ok()) response->set_incarnation(*incarnation);
  return ToGrpc(incarnation.status());
}

grpc::ServerUnaryReactor* ReplayService::GetBatch(grpc::CallbackServerContext* context,
                                                  const GetBatchRequest* request,
                                                  GetBatchResponse* response) {
  // They hold no thread, but each holds memory for as long as it waits.
  Quota::Share waiting(waiting_batches_, context->peer());
  if (const absl::Status status = waiting.Take(1); !status.ok()) {
    grpc::ServerUnaryReactor* const refused = context->DefaultReactor();
    refused->Finish(ToGrpc(status));
    return refused;
  }
  return new BatchCall(freezer_, std::move(waiting), *request, *response);
}

grpc::Status ReplayService::ListBatches(ServerContext*, const ListBatchesRequest* request,
                                        ListBatchesResponse* response) {
  const absl::StatusOr<std::map<int64_t, std::string>> digests = store_.ListDigests(request->run());
  if (!digests.ok()) return ToGrpc(digests.status());
  for (const auto& [step, digest] : *digests) {
    ListBatchesResponse::Batch& batch = *response->add_batches();
    batch.set_step(step);
    batch.set_batch_digest(digest);
  }
  return grpc::Status::OK;
}

grpc::Status ReplayService::ReadShard(ServerContext* context, const ReadShardRequest* request,
                                      grpc::ServerWriter<TrainingRow>* writer) {
  WriteDeadline writes(*context);
  return ToGrpc(hir::ReadShard(store_, *request,
                               [&](const TrainingRow& row) { return writes.Write(*writer, row); }));
}

grpc::Status ReplayService::AdvanceVersion(ServerContext*, const AdvanceVersionRequest* request,
                                           AdvanceVersionResponse*) {
  const common::v1::WeightsId& weights = request->weights();
  if (const absl::Status status = CheckWeights(weights); !status.ok()) return ToGrpc(status);
  return ToGrpc(store_.AdvanceVersion(weights.run(), FromProto(weights), request->batch_digest()));
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
  // A learner that resumes trains the steps after its oldest checkpoint again, and needs their
  // batches; whoever copies a step's records out needs those of the last few besides.
  const int64_t droppable =
      std::min(request->oldest_kept_version(), weights.version() - kStepsKeptForReaders);
  return ToGrpc(store_.CommitCheckpoint(weights.run(), FromProto(weights), droppable));
}

grpc::Status ReplayService::ListWorkers(ServerContext*, const ListWorkersRequest* request,
                                        ListWorkersResponse* response) {
  // A worker that has not called for that long is gone, or will be listed again when it comes back.
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
