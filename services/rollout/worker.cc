#include "services/rollout/worker.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/client_context.h"
#include "hir/base/clock.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/config/schema.h"
#include "hir/generate/engine.h"
#include "hir/learner/v1/learner.grpc.pb.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/retry.h"
#include "hir/rpc/status.h"
#include "hir/tokenizer/tokenizer.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"
#include "hir/weights/transfer.h"
#include "services/rollout/actor_loop.h"
#include "services/rollout/response_sender.h"
#include "services/rollout/rollout_service.h"

namespace hir {
namespace {

constexpr absl::Duration kFetchTimeout = absl::Minutes(10);

// What replay says about the run. Waits for replay to be there.
absl::StatusOr<RunConfig> RunSettings(replay::v1::Replay::StubInterface& replay,
                                      const std::string& run, const Tokenizer& tokenizer,
                                      Clock& clock, StopSignal& stop) {
  replay::v1::GetRunResponse response;
  const auto ask = [&] {
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(10));
    replay::v1::GetRunRequest request;
    request.set_run(run);
    const absl::Status status = FromGrpc(replay.GetRun(&context, request, &response));
    if (IsRetryable(status)) {
      Log(Severity::kWarning, "waiting for replay", {{"run", run}, {"error", status.ToString()}});
    }
    return status;
  };
  HIR_RETURN_IF_ERROR(Retry(clock, RetryPolicy{}, ask, [&] { return stop.stopped(); }));
  if (response.tokenizer_digest() != tokenizer.digest()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the tokenizer of --model has digest ", tokenizer.digest(), ", replay's for run ", run,
        " has ", response.tokenizer_digest(), "; give the folder the run was made with"));
  }
  return ParseRunConfig(response.config_yaml());
}

EngineOptions OptionsOf(const WorkerConfig& config, const RunConfig& run) {
  EngineOptions options;
  options.dtype = config.dtype.empty() ? run.model.dtype : config.dtype;
  options.device = run.model.device == "cuda" ? "cuda" : "cpu";
  options.max_running_sequences = config.max_running_sequences > 0
                                      ? config.max_running_sequences
                                      : run.rollout.max_running_sequences;
  options.threads = config.threads;
  options.deterministic = run.rollout.deterministic;
  return options;
}

std::string AdvertisedAddress(const WorkerConfig& config, const std::string& listen, int port) {
  if (!config.advertise.empty()) return config.advertise;
  if (port == 0) return listen;
  return absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
}

absl::StatusOr<ReceivedWeights> FetchFrom(const std::string& address, const std::string& run,
                                          const TlsFiles& tls) {
  HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(address, tls));
  learner::v1::Learner::Stub learner(channel);
  return FetchWeights(learner, run, kFetchTimeout);
}

// The part of a worker that belongs to a run.
struct Actor {
  Actor(const WorkerConfig& config, const RunConfig& run, const std::string& address,
        replay::v1::Replay::StubInterface& replay, verifier::v1::Verifier::StubInterface& verifier,
        Engine& engine, const Tokenizer& tokenizer, RolloutMetrics& metrics, Clock& clock,
        const TlsFiles& tls)
      : loop(replay, engine, tokenizer, metrics, clock, run,
             {.run = config.run,
              .worker = address,
              .max_running_sequences = OptionsOf(config, run).max_running_sequences},
             [&config, &tls](const std::string& learner) {
               return FetchFrom(learner, config.run, tls);
             }),
        sender(verifier, SenderOptions{},
               [this](const common::v1::SampleId& id) { loop.Acknowledged(id); }) {
    loop.SetSender(&sender);
    sender.Start();
    loop.Start();
  }

  ~Actor() {
    loop.Stop();
    sender.Stop();
  }

  // Leases no more and waits until all that is leased is made and durable.
  void Drain(Clock& clock, absl::Duration timeout) {
    const absl::Time deadline = clock.Now() + timeout;
    loop.StopLeasing();
    while (loop.unmade() > 0 && clock.Now() < deadline) clock.Sleep(absl::Milliseconds(50));
    sender.AwaitEmpty(std::max(absl::ZeroDuration(), deadline - clock.Now()));
    Log(Severity::kInfo, "drained",
        {{"unmade", loop.unmade()}, {"unacknowledged", sender.unacknowledged()}});
  }

  ActorLoop loop;
  ResponseSender sender;
};

// Serves until the stop signal; `run` is null without one.
absl::Status Serve(const WorkerConfig& config, const RunConfig* run,
                   replay::v1::Replay::StubInterface* replay, Engine& engine,
                   const Tokenizer& tokenizer, Clock& clock, ServiceContext& context) {
  RolloutMetrics metrics(context.registry());
  RolloutService service(engine, tokenizer, metrics, config.model, config.run);
  engine.Start();
  HIR_ASSIGN_OR_RETURN(
      const std::unique_ptr<RpcServer> server,
      context.StartServer({{rollout::v1::Rollout::service_full_name(), &service}}));
  std::unique_ptr<verifier::v1::Verifier::Stub> verifier;
  std::unique_ptr<Actor> actor;
  if (run != nullptr) {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(config.verifier, context.tls()));
    verifier = verifier::v1::Verifier::NewStub(channel);
    const std::string address =
        AdvertisedAddress(config, context.server_options().address, server->port());
    actor = std::make_unique<Actor>(config, *run, address, *replay, *verifier, engine, tokenizer,
                                    metrics, clock, context.tls());
  }
  context.stop().Wait();
  const absl::Time deadline = clock.Now() + context.drain_deadline();
  if (actor != nullptr) actor->Drain(clock, context.drain_deadline());
  server->Drain(std::max(absl::ZeroDuration(), deadline - clock.Now()));
  engine.Stop();
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckWorkerConfig(const WorkerConfig& config) {
  if (config.model.empty()) {
    return absl::InvalidArgumentError("--model is missing; give a Hugging Face model folder");
  }
  const bool any = !config.run.empty() || !config.replay.empty() || !config.verifier.empty();
  const bool all = !config.run.empty() && !config.replay.empty() && !config.verifier.empty();
  if (any && !all) {
    return absl::InvalidArgumentError(
        "--run, --replay and --verifier belong together; give all three, or none to only generate");
  }
  if (!config.dtype.empty() && config.dtype != "bf16" && config.dtype != "f32") {
    return absl::InvalidArgumentError(
        absl::StrCat("--dtype is \"", config.dtype, "\"; use bf16 or f32"));
  }
  if (config.max_running_sequences < 0 || config.threads < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--max_running_sequences is ", config.max_running_sequences,
                     " and --threads is ", config.threads, "; they must not be negative"));
  }
  return absl::OkStatus();
}

absl::Status RunWorker(const WorkerConfig& config, ServiceContext& context) {
  HIR_RETURN_IF_ERROR(CheckWorkerConfig(config));
  RealClock clock;
  HIR_ASSIGN_OR_RETURN(const std::unique_ptr<Tokenizer> tokenizer, Tokenizer::Load(config.model));
  std::unique_ptr<replay::v1::Replay::Stub> replay;
  std::optional<RunConfig> run;
  if (!config.run.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(config.replay, context.tls()));
    replay = replay::v1::Replay::NewStub(channel);
    absl::StatusOr<RunConfig> settings =
        RunSettings(*replay, config.run, *tokenizer, clock, context.stop());
    if (!settings.ok() && context.stop().stopped()) return absl::OkStatus();
    HIR_ASSIGN_OR_RETURN(run, std::move(settings));
  }
  HIR_ASSIGN_OR_RETURN(
      const std::unique_ptr<Engine> engine,
      Engine::Create(config.model, config.run, OptionsOf(config, run.value_or(RunConfig{}))));
  return Serve(config, run.has_value() ? &*run : nullptr, replay.get(), *engine, *tokenizer, clock,
               context);
}

}  // namespace hir
