#include "cli/train.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/config_option.h"
#include "cli/options.h"
#include "cli/ring_options.h"
#include "cli/train_display.h"
#include "hir/base/status_macros.h"
#include "hir/config/schema.h"
#include "hir/process/stop_signal.h"
#include "hir/supervisor/local_ring.h"
#include "hir/supervisor/services.h"

namespace hir {
namespace {

// What is read further after parsing.
struct RawOptions {
  std::optional<int> workers;
  std::string engine = "local";
  std::string verifier_flags;
  std::vector<std::string> skip_steps;
};

Options TrainOptions(TrainCommand& command, RawOptions& raw) {
  TrainRequest& request = command.request;
  Options options(
      "hir train CONFIG [--set KEY=VALUE]... [--dry-run]",
      "Trains a model with Hindsight instruction Replay. Starts Redis and the four services on "
      "this\n"
      "machine, or uses running ones (--connect with the other addresses). Everything lands "
      "in\n"
      "output_dir/name: config.yaml, metrics.jsonl, rollouts/, eval.jsonl, checkpoints/,\n"
      "report.html, logs/. The same command after an interrupt continues where the run stopped.");
  AddSetOption(options, command.overrides);
  options.Flag("dry-run", &command.dry_run, "check everything, print the configuration, stop");
  options.Flag("new-ledger", &request.new_ledger,
               "begin an empty ledger after the newest checkpoint, since that of redis/ is lost");
  options.Texts("skip-step", &raw.skip_steps,
                "go on without the batch of this step, which can't be trained; repeatable");
  options.Integer("learners", &request.learners,
                  "learner processes on this machine, which split each batch; default 1");
  options.Integer("workers", &raw.workers,
                  "rollout workers on this machine, spread over its GPUs; default 1, or one per "
                  "--engine-url");
  options.Text("engine", &raw.engine,
               "what workers generate with: local (default), or vllm, servers that run already");
  options.List("engine-url", &request.workers.engine_urls,
               "http(s)://HOST:PORT of each worker's vLLM server");
  options.Text("engine-api-key-file", &request.workers.engine_api_key_file,
               "file with the key of the servers' --api-key; default: the variable VLLM_API_KEY");
  options.Text("weights-folder", &request.workers.weights_folder,
               "where the servers read the weights; default weights/ in the run's folder");
  options.Text("verifier-flags", &raw.verifier_flags,
               "file with flags of hir-verifier, one per line: --ruleset, --judge_url, ...");
  AddRingOptions(options, request.connect, request.tls);
  options.Text("metrics-listen", &command.metrics_listen,
               "HOST:PORT to serve Prometheus metrics on: held-out scores");
  return options;
}

// Checks the options on workers and fills in what they leave open.
absl::Status SetWorkers(const RawOptions& raw, RolloutWorkers& workers) {
  const bool vllm = raw.engine == "vllm";
  if (!vllm && raw.engine != "local") {
    return absl::InvalidArgumentError(
        absl::StrCat("--engine is \"", raw.engine, "\"; write local or vllm."));
  }
  if (vllm == workers.engine_urls.empty()) {
    return absl::InvalidArgumentError(
        "--engine vllm and --engine-url belong together; give both or neither.");
  }
  const int servers = static_cast<int>(workers.engine_urls.size());
  workers.count = raw.workers.value_or(std::max(1, servers));
  return Validate(workers);
}

// Where the results are. Prints.
void Conclude(const TrainResult& result) {
  if (result.restarts > 0) std::cout << "services restarted: " << result.restarts << "\n";
  if (!result.stopped_early.empty()) std::cout << result.stopped_early << "\n";
  if (!result.comparison.empty()) std::cout << result.comparison << "\n";
  if (!result.best.empty()) std::cout << "best:       " << result.best << "\n";
  if (!result.checkpoint.empty()) std::cout << "checkpoint: " << result.checkpoint << "\n";
  std::cout << "report:     " << result.report << std::endl;
}

}  // namespace

absl::StatusOr<TrainCommand> ParseTrainCommand(absl::Span<const std::string> args) {
  TrainCommand command;
  TrainRequest& request = command.request;
  RawOptions raw;
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> rest, TrainOptions(command, raw).Parse(args));
  if (rest.size() != 1) {
    return absl::InvalidArgumentError("give one configuration file; usage: hir train CONFIG.");
  }
  command.config_path = rest[0];
  if (request.learners < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--learners is ", request.learners, "; it must be at least 1."));
  }
  for (const std::string& text : raw.skip_steps) {
    int64_t& step = request.skip_steps.emplace_back();
    if (!absl::SimpleAtoi(text, &step) || step < 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("--skip-step is \"", text, "\"; it must be a step, from 1."));
    }
  }
  HIR_ASSIGN_OR_RETURN(const bool running, NamesRing(request.connect));
  HIR_RETURN_IF_ERROR(SetWorkers(raw, request.workers));
  if (running && (request.learners > 1 || raw.workers || raw.engine != "local" ||
                  !raw.verifier_flags.empty() || !raw.skip_steps.empty())) {
    return absl::InvalidArgumentError(
        "--learners, --workers, --engine, --verifier-flags and --skip-step are for services that "
        "are started on this machine; a running ring (--connect) has its own.");
  }
  HIR_ASSIGN_OR_RETURN(request.verifier_flags, ReadFlags(raw.verifier_flags));
  request.bin_dir = ProgramFolder();
  return command;
}

absl::Status RunTrainCommand(absl::Span<const std::string> args) {
  HIR_ASSIGN_OR_RETURN(const TrainCommand command, ParseTrainCommand(args));
  const TrainRequest& request = command.request;
  HIR_ASSIGN_OR_RETURN(const RunConfig config, LoadConfig(command.config_path, command.overrides));
  HIR_ASSIGN_OR_RETURN(const TrainInputs inputs, LoadTrainInputs(config, request.is_local()));
  HIR_RETURN_IF_ERROR(CheckTrainRun(request, inputs));
  std::cout << ToYaml(inputs.config) << "# " << Describe(inputs) << std::endl;
  if (request.is_local()) std::cout << "# " << DescribeWorkers(request, inputs.config) << std::endl;
  for (const std::string& note : inputs.train.notes) std::cerr << "note: " << note << "\n";
  if (command.dry_run) return absl::OkStatus();
  TrainDisplay display(std::cout, isatty(STDOUT_FILENO) == 1, inputs.config.learner.total_steps);
  HIR_RETURN_IF_ERROR(display.ServeMetrics(command.metrics_listen));
  StopSignal signal;
  const absl::StatusOr<TrainResult> result =
      TrainRun(request, inputs, display, [&signal] { return signal.stopped(); });
  if (signal.stopped()) {
    return absl::CancelledError(absl::StrCat(
        "interrupted, ",
        request.is_local() ? "nothing is left running" : "the ring's services run on",
        "; `hir train ", command.config_path, "` with the same settings goes on where it stands."));
  }
  HIR_RETURN_IF_ERROR(result.status());
  Conclude(*result);
  return absl::OkStatus();
}

}  // namespace hir
