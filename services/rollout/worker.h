// A complete rollout worker: engine, gRPC service and, if it works for a run, the actor.
#ifndef HIR_SERVICES_ROLLOUT_WORKER_H_
#define HIR_SERVICES_ROLLOUT_WORKER_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/config/run_config.h"
#include "hir/engine/engine.h"
#include "hir/metrics/service_metrics.h"
#include "hir/process/service_main.h"

namespace hir {

// The flags of hir-rollout.
struct WorkerConfig {
  std::string model;     // Hugging Face folder. Required.
  std::string run;       // Empty: only Generate is served.
  std::string replay;    // Address; with `run`.
  std::string verifier;  // Address; with `run`.
  // Address told to replay; empty = the host of --listen, unless that is a wildcard, and the port
  // that it got.
  std::string advertise;
  std::string http;              // IP:PORT of OpenAI's interface; empty = none.
  std::string engine = "local";  // What generates: "local", this process, or "vllm", a server.
  std::string engine_url;        // With "vllm": its address, http://HOST:PORT.
  std::string
      engine_api_key_file;     // With "vllm": has its key; empty = VLLM_API_KEY has it, or none.
  std::string weights_folder;  // With "vllm": through which the server gets new weights.
  // Unset or 0 = as in the run's configuration, or its defaults without a run.
  std::optional<Dtype> dtype;
  // Like model.chat_template_kwargs and model.reasoning_end; only for a worker without a run.
  std::string chat_template_kwargs;  // JSON object; empty = none.
  std::string reasoning_end;
  int max_running_sequences = 0;
  int cache_sharers = 1;  // Workers on this machine, or on its GPU, that divide a cache of 0 GiB.
  int threads = 0;        // Torch's threads; 0 = one per core.
  // Most responses that Generate calls may have requested and that are not generated yet; one
  // caller may have a quarter of them. At least 4.
  int max_unmade_responses = 32768;
};

// Parses --dtype; empty = nullopt. INVALID_ARGUMENT: not a word of Dtype.
absl::StatusOr<std::optional<Dtype>> ParseDtypeFlag(const std::string& text);

// Checks `config` by itself. INVALID_ARGUMENT: a missing or contradicting flag.
absl::Status CheckWorkerConfig(const WorkerConfig& config);

// INVALID_ARGUMENT: --dtype differs from the run's, so this worker would refuse all of its weights.
absl::Status CheckDtype(const WorkerConfig& config, const RunConfig& run);

// INVALID_ARGUMENT: the engine has no room for the run's longest prompt and response.
absl::Status CheckCache(const Engine& engine, const RunConfig& run);

// FAILED_PRECONDITION: the run needs exact entropies, which this worker's engine, whose entropies
// are from `engine`, does not compute.
absl::Status CheckEntropySource(EntropySource engine, const WorkerConfig& config,
                                const RunConfig& run);

// INVALID_ARGUMENT: with --engine vllm, the run wants what a vLLM server can't give: a temperature
// other than 1, or deterministic generation.
absl::Status CheckEngine(const WorkerConfig& config, const RunConfig& run);

// Shows a snapshot of the engine.
void ShowEngine(const EngineStatus& status, RolloutMetrics& metrics);

// Serves until the context's stop signal, then drains: stops leasing, finishes running responses
// and waits for acknowledgements, at most for the drain deadline. With a run it first waits,
// retrying, until replay has the run, and reads its settings.
//
// Errors: those of the checks above and of AdvertisedAddress(), of the model folder and of the
// port; FAILED_PRECONDITION: the model's tokenizer is not the one replay uses. Nothing is leased
// before all of these checks have passed. Also ends with the error of an engine that has failed.
absl::Status RunWorker(const WorkerConfig& config, ServiceContext& context);

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_WORKER_H_
