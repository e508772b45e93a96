// hir.replay.v1.Replay: translates between the wire and the ledger.
#ifndef HIR_SERVICES_REPLAY_REPLAY_SERVICE_H_
#define HIR_SERVICES_REPLAY_REPLAY_SERVICE_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "grpcpp/support/status.h"
#include "grpcpp/support/sync_stream.h"
#include "hir/metrics/service_metrics.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rpc/quota.h"
#include "hir/rpc/stream_limits.h"
#include "hir/store/replay_store.h"
#include "hir/tokenizer/prompt_encoder.h"
#include "services/replay/address_door.h"
#include "services/replay/ledger_gauges.h"
#include "services/replay/open_streams.h"
#include "services/replay/response_decoder.h"
#include "services/replay/run_directory.h"
#include "services/replay/step_freezer.h"
#include "services/replay/task_match.h"

namespace hir {

// Limits of Insert. A verifier opens one stream for each stream that it serves.
inline constexpr StreamLimits kInsertLimits = {.streams = {.in_all = 1024, .per_caller = 512}};
// Limits of waiting GetBatch calls. A learner makes one at a time.
inline constexpr QuotaLimits kWaitingBatches = {.in_all = 4096, .per_caller = 512};

// Limits and settings of the service.
struct ReplayOptions {
  StreamLimits inserts = kInsertLimits;
  AddressDoorOptions addresses = {};
};

// Thread-safe. Has no state that matters: killing the process loses nothing acknowledged.
// replay.proto documents each method. Arguments must outlive it.
class ReplayService
    : public replay::v1::Replay::WithCallbackMethod_GetBatch<replay::v1::Replay::Service> {
 public:
  ReplayService(ReplayStore& store, const PromptEncoder& encoder, const ResponseDecoder& decoder,
                const ModelLimits& limits, ReplayMetrics& metrics,
                const ReplayOptions& options = {});

  // Ends waiting GetBatch calls and Insert streams, so that a server can drain.
  void Stop();

  grpc::Status CreateRun(grpc::ServerContext* context, const replay::v1::CreateRunRequest* request,
                         replay::v1::CreateRunResponse* response) override;
  grpc::Status GetRun(grpc::ServerContext* context, const replay::v1::GetRunRequest* request,
                      replay::v1::GetRunResponse* response) override;
  grpc::Status PutTasks(grpc::ServerContext* context, const replay::v1::PutTasksRequest* request,
                        replay::v1::PutTasksResponse* response) override;
  grpc::Status GetProgress(grpc::ServerContext* context,
                           const replay::v1::GetProgressRequest* request,
                           replay::v1::GetProgressResponse* response) override;
  grpc::Status ReadStep(grpc::ServerContext* context, const replay::v1::ReadStepRequest* request,
                        grpc::ServerWriter<replay::v1::RolloutRecord>* writer) override;
  grpc::Status LeaseTasks(grpc::ServerContext* context,
                          const replay::v1::LeaseTasksRequest* request,
                          replay::v1::LeaseTasksResponse* response) override;
  grpc::Status RenewLeases(grpc::ServerContext* context,
                           const replay::v1::RenewLeasesRequest* request,
                           replay::v1::RenewLeasesResponse* response) override;
  grpc::Status Insert(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<replay::v1::InsertResult, common::v1::Chunk>* stream) override;
  grpc::Status TakeIncarnation(grpc::ServerContext* context,
                               const replay::v1::TakeIncarnationRequest* request,
                               replay::v1::TakeIncarnationResponse* response) override;
  // Occupies no thread while it waits.
  grpc::ServerUnaryReactor* GetBatch(grpc::CallbackServerContext* context,
                                     const replay::v1::GetBatchRequest* request,
                                     replay::v1::GetBatchResponse* response) override;
  grpc::Status ListBatches(grpc::ServerContext* context,
                           const replay::v1::ListBatchesRequest* request,
                           replay::v1::ListBatchesResponse* response) override;
  grpc::Status ReadShard(grpc::ServerContext* context, const replay::v1::ReadShardRequest* request,
                         grpc::ServerWriter<replay::v1::TrainingRow>* writer) override;
  grpc::Status AdvanceVersion(grpc::ServerContext* context,
                              const replay::v1::AdvanceVersionRequest* request,
                              replay::v1::AdvanceVersionResponse* response) override;
  grpc::Status CommitCheckpoint(grpc::ServerContext* context,
                                const replay::v1::CommitCheckpointRequest* request,
                                replay::v1::CommitCheckpointResponse* response) override;
  grpc::Status DeleteRun(grpc::ServerContext* context, const replay::v1::DeleteRunRequest* request,
                         replay::v1::DeleteRunResponse* response) override;
  grpc::Status ListWorkers(grpc::ServerContext* context,
                           const replay::v1::ListWorkersRequest* request,
                           replay::v1::ListWorkersResponse* response) override;

 private:
  ReplayStore& store_;
  const PromptEncoder& encoder_;
  const ResponseDecoder& decoder_;
  const ModelLimits limits_;
  ReplayMetrics& metrics_;
  RunDirectory runs_;
  AddressDoor addresses_;
  StepFreezer freezer_;
  LedgerGauges gauges_;
  OpenStreams inserts_;
  const StreamLimits insert_limits_;
  Quota open_inserts_;
  Quota waiting_batches_;  // Calls of GetBatch.
  Quota unfinished_;
};

}  // namespace hir

#endif  // HIR_SERVICES_REPLAY_REPLAY_SERVICE_H_
