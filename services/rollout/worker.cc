#include "services/rollout/worker.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/client_context.h"
#include "hir/base/chat_template_kwargs.h"
#include "hir/base/clock.h"
#include "hir/base/log.h"
#include "hir/base/reasoning_end.h"
#include "hir/base/status_macros.h"
#include "hir/client/replay_client.h"
#include "hir/client/ring_client.h"
#include "hir/config/schema.h"
#include "hir/engine/engine.h"
#include "hir/generate/open_engine.h"
#include "hir/http/api_key.h"
#include "hir/http/server_url.h"
#include "hir/model_folder/architecture.h"
#include "hir/openai/front.h"
#include "hir/process/advertised_address.h"
#include "hir/rpc/channel.h"
#include "hir/tokenizer/run_tokenizer.h"
#include "hir/tokenizer/tokenizer.h"
#include "hir/vllm/vllm_engine.h"
#include "hir/weights/transfer.h"
#include "services/rollout/actor.h"
#include "services/rollout/rollout_service.h"

namespace hir {
namespace {

constexpr absl::Duration kShowEvery = absl::Seconds(1);  // The engine's gauges.
constexpr double kBytesPerGiB = 1024.0 * 1024 * 1024;

// Reads the run from replay. Waits until replay is reachable and has the run.
absl::StatusOr<RunConfig> RunSettings(ReplayClient& replay, const WorkerConfig& config,
                                      const Tokenizer& tokenizer) {
  HIR_ASSIGN_OR_RETURN(const replay::v1::GetRunResponse response, replay.AwaitRun());
  // Before the model is loaded, which takes long: token ids of another tokenizer mean nothing here.
  HIR_RETURN_IF_ERROR(
      CheckRunTokenizer(config.run, response.tokenizer_digest(), config.model, tokenizer.digest()));
  return ParseRunConfig(response.config_yaml());
}

EngineOptions OptionsOf(const WorkerConfig& config, const RunConfig& run) {
  return {.dtype = config.dtype.value_or(run.model.dtype),
          .device = run.model.device,
          .max_running_sequences = config.max_running_sequences > 0
                                       ? config.max_running_sequences
                                       : run.rollout.max_running_sequences,
          .threads = config.threads,
          .deterministic = run.rollout.deterministic,
          .kv_cache_bytes = static_cast<int64_t>(std::ceil(run.rollout.kv_cache_gb * kBytesPerGiB)),
          .keep_on_swap = run.rollout.swap == SwapPolicy::kKeep,
          .cache_sharers = config.cache_sharers};
}

bool UsesVllm(const WorkerConfig& config) { return config.engine == "vllm"; }

// `run`: null without one; `key`: of a vLLM server. CANCELLED: told to stop while waiting for a
// server.
absl::StatusOr<std::unique_ptr<Engine>> OpenEngine(const WorkerConfig& config, const RunConfig* run,
                                                   const std::string& key, StopSignal& stop) {
  const RunConfig settings = run == nullptr ? RunConfig{} : *run;
  const EngineOptions options = OptionsOf(config, settings);
  if (!UsesVllm(config)) return OpenLocalEngine(config.model, config.run, options);
  const int64_t most_tokens = run == nullptr ? 0
                                             : int64_t{settings.rollout.max_prompt_tokens} +
                                                   settings.rollout.max_response_tokens;
  HIR_ASSIGN_OR_RETURN(const std::string url, NormalServerUrl(config.engine_url));
  return VllmEngine::Open(config.model, {.url = url,
                                         .key = key,
                                         .weights_folder = config.weights_folder,
                                         .run = config.run,
                                         .dtype = options.dtype,
                                         .most_tokens = most_tokens,
                                         .stopped = [&stop] { return stop.stopped(); }});
}

absl::Status CheckEngineFlags(const WorkerConfig& config) {
  if (config.engine != "local" && config.engine != "vllm") {
    return absl::InvalidArgumentError(
        absl::StrCat("--engine is \"", config.engine, "\"; use local or vllm"));
  }
  if (!UsesVllm(config)) {
    if (config.engine_url.empty() && config.weights_folder.empty() &&
        config.engine_api_key_file.empty()) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        "--engine-url, --engine-api-key-file and --weights-folder belong to --engine vllm; give "
        "that or leave them out");
  }
  if (config.weights_folder.empty()) {
    return absl::InvalidArgumentError(
        "--weights-folder is missing; give a folder that this worker can write and the vLLM "
        "server can read under the same path");
  }
  const absl::Status url = NormalServerUrl(config.engine_url).status();
  return url.ok() ? url : absl::InvalidArgumentError(absl::StrCat("--engine-url: ", url.message()));
}

// Waits for the stop signal; returns the engine's error if that comes first.
absl::Status AwaitStop(StopSignal& stop, const Engine& engine, RolloutMetrics& metrics) {
  while (!stop.Wait(kShowEvery)) {
    const EngineStatus status = engine.Status();
    ShowEngine(status, metrics);
    HIR_RETURN_IF_ERROR(status.health);
  }
  return absl::OkStatus();
}

GenerationLimits LimitsOf(const WorkerConfig& config, const RunConfig& run) {
  const int64_t together = OptionsOf(config, run).max_running_sequences;
  // A quarter more than can run wait in the engine, so that it never idles between two; the rest
  // waits in turns, where a small call need not wait for a large one.
  const int64_t unmade = config.max_unmade_responses;
  return {.in_engine = together + (together + 3) / 4,
          .unmade = {.in_all = unmade, .per_caller = unmade / 4}};
}

// The settings of the model: from the run, or without one from flags.
ModelConfig ModelSettings(const WorkerConfig& config, const RunConfig* run) {
  if (run != nullptr) return run->model;
  ModelConfig model;
  model.chat_template_kwargs = config.chat_template_kwargs;
  model.reasoning_end = config.reasoning_end;
  return model;
}

// Fetches from any learner weights of `run` for a model of this architecture.
WeightsFetcher FetcherFor(const std::string& run, const Architecture& architecture,
                          const TlsFiles& tls) {
  return [run, tls, max_bytes = MaxWeightsBytes(architecture)](
             const std::string& address,
             grpc::ClientContext& context) -> absl::StatusOr<ReceivedWeights> {
    // Connects each time, since the run's next learner may have another address.
    HIR_ASSIGN_OR_RETURN(const auto channel, MakeChannel(address, tls));
    learner::v1::Learner::Stub learner(channel);
    return FetchWeights(learner, run, max_bytes, context);
  };
}

// Serves until the stop signal; `run`, `replay` and `verifier` are null without one.
absl::Status Serve(const WorkerConfig& config, const RunConfig* run, ReplayClient* replay,
                   verifier::v1::Verifier::StubInterface* verifier, Engine& engine,
                   const Tokenizer& tokenizer, Clock& clock, ServiceContext& context) {
  RolloutMetrics metrics(context.registry());
  RolloutService service(engine, tokenizer, metrics, config.model, config.run, replay,
                         LimitsOf(config, run == nullptr ? RunConfig{} : *run),
                         ModelSettings(config, run));
  engine.Start();
  HIR_ASSIGN_OR_RETURN(
      const std::unique_ptr<RpcServer> server,
      context.StartServer({{rollout::v1::Rollout::service_full_name(), &service}}));
  std::unique_ptr<OpenAiFront> front;
  if (!config.http.empty()) {
    // The front is a client of the service like any other, so that its calls wait in the same
    // turns.
    const std::string name = std::filesystem::canonical(config.model).filename();
    HIR_ASSIGN_OR_RETURN(
        front, OpenAiFront::Start(config.http, name,
                                  rollout::v1::Rollout::NewStub(server->InProcessChannel())));
    Log(Severity::kInfo, "listening for HTTP", {{"address", config.http}, {"port", front->port()}});
  }
  std::unique_ptr<Actor> actor;
  if (run != nullptr) {
    // Not before the server listens, since a learner that knows the address may push weights at
    // once.
    HIR_ASSIGN_OR_RETURN(
        const std::string address,
        AdvertisedAddress(config.advertise, context.server_options().address, server->port()));
    const ActorOptions options = {
        .run = config.run,
        .worker = address,
        .max_running_sequences = OptionsOf(config, *run).max_running_sequences};
    actor = std::make_unique<Actor>(
        ActorDependencies{*replay, *verifier, engine, tokenizer, metrics, clock}, *run, options,
        FetcherFor(config.run, engine.architecture(), context.tls()));
    // The next tasks wait for the weights, so the worker asks for them as soon as it has those.
    service.SetPushListener([&actor] { actor->OnNewWeights(); });
  }
  const absl::Status ended = AwaitStop(context.stop(), engine, metrics);
  // First refuse new work, then finish the accepted work, and only then close the servers: a
  // response that is generated but not durable would have to be generated again by another worker.
  server->SetServing(false);
  service.StopGenerating();
  if (front != nullptr) front->SetStopping();
  const absl::Time deadline = clock.Now() + context.drain_deadline();
  if (actor != nullptr) actor->Drain(context.drain_deadline());
  server->Drain(std::max(absl::ZeroDuration(), deadline - clock.Now()));
  front.reset();
  service.SetPushListener(nullptr);
  // Its callbacks reach service and actor, which are destroyed after this.
  engine.Stop();
  return ended;
}

}  // namespace

absl::StatusOr<std::optional<Dtype>> ParseDtypeFlag(const std::string& text) {
  const std::optional<Dtype> dtype = FromWord<Dtype>(text);
  if (text.empty() || dtype.has_value()) return dtype;
  return absl::InvalidArgumentError(absl::StrCat("--dtype is \"", text, "\"; use bf16 or f32"));
}

absl::Status CheckWorkerConfig(const WorkerConfig& config) {
  if (config.model.empty()) {
    return absl::InvalidArgumentError("--model is missing; give a Hugging Face model folder");
  }
  // A worker belongs to a run with all of these, or to none and then serves Generate alone.
  const bool any = !config.run.empty() || !config.replay.empty() || !config.verifier.empty();
  const bool all = !config.run.empty() && !config.replay.empty() && !config.verifier.empty();
  if (any && !all) {
    return absl::InvalidArgumentError(
        "--run, --replay and --verifier belong together; give all three, or none to only generate");
  }
  if (any && !(config.chat_template_kwargs.empty() && config.reasoning_end.empty())) {
    return absl::InvalidArgumentError(
        "--chat_template_kwargs and --reasoning_end are for a worker without --run; set the run's "
        "model.chat_template_kwargs and model.reasoning_end");
  }
  HIR_RETURN_IF_ERROR(CheckEngineFlags(config));
  if (const absl::Status kwargs = ParseChatTemplateKwargs(config.chat_template_kwargs).status();
      !kwargs.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--", kwargs.message()));
  }
  if (const absl::Status mark = CheckReasoningEnd(config.reasoning_end); !mark.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--", mark.message()));
  }
  if (config.max_unmade_responses < 4) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--max-unmade-responses can't be ", config.max_unmade_responses, "; it is at least 4"));
  }
  if (config.cache_sharers < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--cache-sharers can't be ", config.cache_sharers, "; it is at least 1"));
  }
  if (config.max_running_sequences < 0 || config.threads < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--max_running_sequences is ", config.max_running_sequences,
                     " and --threads is ", config.threads, "; they must not be negative"));
  }
  return absl::OkStatus();
}

absl::Status CheckDtype(const WorkerConfig& config, const RunConfig& run) {
  const Dtype dtype = config.dtype.value_or(run.model.dtype);
  if (dtype == run.model.dtype) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--dtype is ", WordOf(dtype), ", but run ", config.run, " has model.dtype ",
      WordOf(run.model.dtype), " and its learner sends such weights; leave --dtype out"));
}

absl::Status CheckCache(const Engine& engine, const RunConfig& run) {
  const RolloutConfig& rollout = run.rollout;
  const absl::Status fits =
      engine.CheckLengths(rollout.max_prompt_tokens, rollout.max_response_tokens);
  if (fits.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("rollout.max_prompt_tokens, ", rollout.max_prompt_tokens,
                   ", and rollout.max_response_tokens, ", rollout.max_response_tokens,
                   ", are too much for this worker: ", fits.message()));
}

absl::Status CheckEntropySource(EntropySource engine, const WorkerConfig& config,
                                const RunConfig& run) {
  // An estimate can be made of any engine's log-probabilities.
  if (engine == EntropySource::kExact || run.hindsight.entropy_source == EntropySource::kSampled) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("this worker's engine computes no entropies, but run ", config.run,
                   " has hindsight.entropy_source exact; begin the run with "
                   "hindsight.entropy_source=sampled, or use workers with HiR's own engine"));
}

absl::Status CheckEngine(const WorkerConfig& config, const RunConfig& run) {
  if (!UsesVllm(config)) return absl::OkStatus();
  if (run.rollout.temperature != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "run ", config.run, " has rollout.temperature ", run.rollout.temperature,
        ", but a vLLM server gives log-probabilities before temperature; use --engine local, or ",
        "begin a run with rollout.temperature 1"));
  }
  if (run.rollout.deterministic) {
    return absl::InvalidArgumentError(absl::StrCat(
        "run ", config.run, " has rollout.deterministic, but draws of a vLLM server depend on ",
        "their batch; use --engine local, or begin a run without it"));
  }
  if (run.rollout.swap == SwapPolicy::kKeep) {
    return absl::InvalidArgumentError(absl::StrCat(
        "run ", config.run, " has rollout.swap keep, but a vLLM server gets new weights once its ",
        "responses have ended; use --engine local, or begin a run with rollout.swap finish"));
  }
  return absl::OkStatus();
}

void ShowEngine(const EngineStatus& status, RolloutMetrics& metrics) {
  metrics.running.Set(status.running);
  metrics.cache_tokens.Set(static_cast<double>(status.cache_tokens));
  metrics.cache_free_tokens.Set(static_cast<double>(status.cache_free_tokens));
  metrics.swap_waiting.Set(status.swap_waiting ? 1 : 0);
}

absl::Status RunWorker(const WorkerConfig& config, ServiceContext& context) {
  HIR_RETURN_IF_ERROR(CheckWorkerConfig(config));
  // What can be refused from the flags alone is refused before anything is loaded or waited for.
  if (!config.run.empty()) {
    // The port may not be known yet, but the host is.
    const std::string& listen = context.server_options().address;
    HIR_RETURN_IF_ERROR(AdvertisedAddress(config.advertise, listen, 0).status());
  }
  std::string engine_key;
  if (UsesVllm(config)) {
    // vLLM reads the same variable.
    HIR_ASSIGN_OR_RETURN(engine_key, ReadApiKey("--engine-api-key-file", config.engine_api_key_file,
                                                "VLLM_API_KEY"));
  }
  RealClock clock;
  HIR_ASSIGN_OR_RETURN(std::unique_ptr<Tokenizer> tokenizer, Tokenizer::Load(config.model));
  HIR_ASSIGN_OR_RETURN(
      const RingStubs ring,
      ConnectRing({.replay = config.replay, .verifier = config.verifier}, context.tls()));
  std::optional<ReplayClient> replay;
  std::optional<RunConfig> run;
  if (!config.run.empty()) {
    const auto stopped = [&context] { return context.stop().stopped(); };
    // Its calls are made once: actor loop and learner repeat them themselves.
    replay.emplace(*ring.replay, config.run, stopped,
                   ReplayClientOptions{.patience = absl::ZeroDuration()});
    absl::StatusOr<RunConfig> settings = RunSettings(*replay, config, *tokenizer);
    // Told to stop while waiting for the run, which is not an error.
    if (!settings.ok() && context.stop().stopped()) return absl::OkStatus();
    HIR_ASSIGN_OR_RETURN(run, std::move(settings));
    HIR_RETURN_IF_ERROR(CheckDtype(config, *run));
    HIR_RETURN_IF_ERROR(CheckEngine(config, *run));
  }
  const ModelConfig settings = ModelSettings(config, run.has_value() ? &*run : nullptr);
  // The mark must survive in the text that goes to the verifier, also where it is a special token.
  tokenizer = tokenizer->Showing(settings.reasoning_end);
  absl::StatusOr<std::unique_ptr<Engine>> engine =
      OpenEngine(config, run.has_value() ? &*run : nullptr, engine_key, context.stop());
  if (absl::IsCancelled(engine.status())) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(engine.status());
  // Before a task is leased that could never be generated here.
  if (run.has_value()) {
    HIR_RETURN_IF_ERROR(CheckCache(**engine, *run));
    HIR_RETURN_IF_ERROR(CheckEntropySource((*engine)->entropy_source(), config, *run));
  }
  return Serve(config, run.has_value() ? &*run : nullptr, replay.has_value() ? &*replay : nullptr,
               ring.verifier.get(), **engine, *tokenizer, clock, context);
}

}  // namespace hir
