// hir-rollout: generates responses for its callers and for the run that it works for.
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/config/run_config.h"
#include "hir/process/service_main.h"
#include "services/rollout/worker.h"

ABSL_FLAG(std::string, model, "", "Hugging Face model folder (required)");
ABSL_FLAG(std::string, run, "", "run to work for; empty: only serve Generate");
ABSL_FLAG(std::string, replay, "", "address of the replay service (with --run)");
ABSL_FLAG(std::string, verifier, "", "address of the verifier (with --run)");
ABSL_FLAG(std::string, advertise, "",
          "address told to replay; empty: host of --listen, which must be one");
ABSL_FLAG(std::string, http, "",
          "IP:PORT to serve OpenAI's interface on, without encryption; empty serves none");
ABSL_FLAG(std::string, engine, hir::WorkerConfig().engine,
          "what generates: local, this process, or vllm, the server at --engine-url");
ABSL_FLAG(std::string, engine_url, "", "http://HOST:PORT of the vLLM server (with --engine vllm)");
ABSL_FLAG(std::string, engine_api_key_file, "",
          "file with the key of the vLLM server's --api-key; empty: the environment variable "
          "VLLM_API_KEY, if it is set");
ABSL_FLAG(std::string, weights_folder, "",
          "folder for new weights, which the vLLM server reads under the same path (with --engine "
          "vllm)");
ABSL_FLAG(std::string, dtype, "",
          absl::StrCat("bf16 or f32; empty: as the run says, else ",
                       hir::WordOf(hir::RunConfig().model.dtype)));
ABSL_FLAG(std::string, chat_template_kwargs, "",
          "JSON object of variables for the chat template, where a request has none; of a worker "
          "without --run, whose configuration has them");
ABSL_FLAG(std::string, reasoning_end, "",
          "mark that ends the reasoning of a response, e.g. </think>; without --run as above");
ABSL_FLAG(int, threads, 0, "compute threads; 0: one per core");
ABSL_FLAG(int, cache_sharers, hir::WorkerConfig().cache_sharers,
          "workers on this machine, or on one GPU of it, that divide the memory of a cache whose "
          "size the run leaves open");
ABSL_FLAG(int, max_running_sequences, 0,
          absl::StrCat("decoded together; 0: as the run says, else ",
                       hir::RunConfig().rollout.max_running_sequences));
ABSL_FLAG(int, max_unmade_responses, hir::WorkerConfig().max_unmade_responses,
          "of all Generate calls, not yet made; a caller may have a quarter of them");

namespace {

absl::Status Run(hir::ServiceContext& context) {
  hir::WorkerConfig config;
  config.model = absl::GetFlag(FLAGS_model);
  config.run = absl::GetFlag(FLAGS_run);
  config.replay = absl::GetFlag(FLAGS_replay);
  config.verifier = absl::GetFlag(FLAGS_verifier);
  config.advertise = absl::GetFlag(FLAGS_advertise);
  config.http = absl::GetFlag(FLAGS_http);
  config.engine = absl::GetFlag(FLAGS_engine);
  config.engine_url = absl::GetFlag(FLAGS_engine_url);
  config.engine_api_key_file = absl::GetFlag(FLAGS_engine_api_key_file);
  config.weights_folder = absl::GetFlag(FLAGS_weights_folder);
  HIR_ASSIGN_OR_RETURN(config.dtype, hir::ParseDtypeFlag(absl::GetFlag(FLAGS_dtype)));
  config.chat_template_kwargs = absl::GetFlag(FLAGS_chat_template_kwargs);
  config.reasoning_end = absl::GetFlag(FLAGS_reasoning_end);
  config.threads = absl::GetFlag(FLAGS_threads);
  config.cache_sharers = absl::GetFlag(FLAGS_cache_sharers);
  config.max_running_sequences = absl::GetFlag(FLAGS_max_running_sequences);
  config.max_unmade_responses = absl::GetFlag(FLAGS_max_unmade_responses);
  return hir::RunWorker(config, context);
}

}  // namespace

int main(int argc, char** argv) {
  return hir::ServiceMain(argc, argv,
                          {.name = "hir-rollout", .summary = "Generates responses.", .run = Run});
}
