#include "services/learner/learner.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hir/base/clock.h"
#include "hir/base/status_macros.h"
#include "hir/client/replay_client.h"
#include "hir/client/ring_client.h"
#include "hir/process/advertised_address.h"
#include "hir/rollout/v1/rollout.grpc.pb.h"
#include "hir/rpc/channel.h"
#include "hir/run/format.h"
#include "hir/run/metrics_log.h"
#include "hir/run/paths.h"
#include "hir/train/checkpoints.h"
#include "hir/train/trainer.h"
#include "hir/weights/transfer.h"
#include "services/learner/learner_outbox.h"
#include "services/learner/learner_service.h"
#include "services/learner/replay_ledger.h"
#include "services/learner/run_settings.h"
#include "services/learner/train_loop.h"
#include "services/learner/weights_publisher.h"

namespace hir {
namespace {

// Sends weights to one worker and keeps count of it.
PushingPublisher::Push PushOverGrpc(const LearnerServiceConfig& config, const TlsFiles& tls,
                                    WeightsMetrics& metrics) {
  return [timeout = absl::Seconds(config.push_seconds), tls, &metrics](
             const std::string& worker, const NewestWeights& newest,
             grpc::ClientContext& context) -> absl::Status {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(worker, tls));
    rollout::v1::Rollout::Stub stub(channel);
    const absl::Time start = absl::Now();
    PrepareCall(context, timeout);
    HIR_RETURN_IF_ERROR(PushWeights(stub, *newest.weights, newest.version, context).status());
    metrics.transfer_duration.Observe(absl::ToDoubleSeconds(absl::Now() - start));
    metrics.transfer_bytes.Increment(static_cast<double>(newest.weights->bytes.size()));
    return absl::OkStatus();
  };
}

// CANCELLED: told to stop.
absl::Status TrainToTheEnd(TrainLoop& loop, const std::string& address, RpcServer& server,
                           const StopSignal& stop) {
  HIR_RETURN_IF_ERROR(loop.Start(address));
  server.SetServing(true);
  while (!loop.done() && !stop.stopped()) HIR_RETURN_IF_ERROR(loop.RunOnce());
  return absl::OkStatus();
}

}  // namespace

absl::Status RunLearner(const LearnerServiceConfig& config, ServiceContext& context) {
  HIR_RETURN_IF_ERROR(Validate(config));
  RealClock clock;
  const auto stopped = [&context] { return context.stop().stopped(); };
  HIR_ASSIGN_OR_RETURN(const RingStubs ring, ConnectRing({.replay = config.replay}, context.tls()));
  ReplayClient replay(*ring.replay, config.run, stopped, {.patience = absl::InfiniteDuration()});
  ReplayLedger ledger(replay, stopped);
  LearnerOutbox outbox;
  LearnerMetrics metrics(context.registry());
  LearnerService service(config.run, config.run_dir, outbox, metrics.weights);
  HIR_ASSIGN_OR_RETURN(const auto server,
                       context.StartServer({{learner::v1::Learner::service_full_name(), &service}},
                                           /*serving=*/false));
  HIR_ASSIGN_OR_RETURN(
      const std::string address,
      AdvertisedAddress(config.advertise, context.server_options().address, server->port()));
  const absl::Cleanup close_outbox = [&] { outbox.Close(); };
  const absl::StatusOr<RunConfig> run = ReadRunSettings(config, ledger);
  if (absl::IsCancelled(run.status())) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(run.status());
  // One rank writes there, and only what later commands can read.
  if (config.rank == 0) HIR_RETURN_IF_ERROR(ClaimRunFolder(config.run_dir));
  HIR_ASSIGN_OR_RETURN(const std::unique_ptr<Trainer> trainer,
                       MakeTrainer({.config = *run,
                                    .rank = config.rank,
                                    .world_size = config.world_size,
                                    .master = config.master,
                                    .threads = config.threads}));
  PushingPublisher publisher(PushOverGrpc(config, context.tls(), metrics.weights));
  Checkpoints checkpoints(config.run_dir, run->checkpoint.keep_last, run->checkpoint.keep_every);
  MetricsLog log(MetricsPath(config.run_dir));
  TrainLoop loop(*run, {*trainer, ledger, publisher, outbox, checkpoints, log, metrics, clock},
                 {.new_ledger = config.new_ledger,
                  .skip_steps = {config.skip_steps.begin(), config.skip_steps.end()}});
  const absl::Status trained = TrainToTheEnd(loop, address, *server, context.stop());
  if (absl::IsCancelled(trained)) return absl::OkStatus();
  if (!trained.ok()) {
    // Whoever watches is told before the program ends.
    outbox.Close(trained);
    server->Drain(context.drain_deadline());
    return trained;
  }
  // Rank 0 serves the weights on; the others stay too, since who watches them (a supervisor,
  // Kubernetes) starts again what ends.
  context.stop().Wait();
  outbox.Close();
  server->Drain(context.drain_deadline());
  return absl::OkStatus();
}

}  // namespace hir
