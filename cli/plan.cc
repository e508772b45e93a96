#include "cli/plan.h"

#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands.h"
#include "cli/config_option.h"
#include "cli/options.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

std::string Bytes(double bytes) {
  for (const char* unit : {"B", "KiB", "MiB", "GiB"}) {
    if (bytes < 1024) return absl::StrFormat("%.*f %s", bytes < 10 ? 1 : 0, bytes, unit);
    bytes /= 1024;
  }
  return absl::StrFormat("%.1f TiB", bytes);
}

std::string Line(const std::string& what, const std::string& says) {
  return absl::StrFormat("%-11s %s\n", what, says);
}

std::string StepLine(const RunPlan& plan) {
  return Line("a step",
              absl::StrFormat("%d responses, at most %d replayed; %.0f tokens drawn, %.0f trained",
                              plan.responses_per_step, plan.replayed_per_step, plan.response_tokens,
                              plan.trained_tokens));
}

std::string TimeLine(const RunPlan& plan, const RunConfig& config) {
  if (plan.step_seconds == 0) {
    return Line("time",
                "give --decode-tokens-per-second and --train-tokens-per-second of your machines");
  }
  return Line("time", absl::StrFormat(
                          "%.1f s per step, %.1f h for %d steps; %.1f responses/s to verify",
                          plan.step_seconds, plan.step_seconds * config.learner.total_steps / 3600,
                          config.learner.total_steps,
                          static_cast<double>(plan.responses_per_step) / plan.step_seconds));
}

std::string NetworkLine(const RunPlan& plan, const PlanInputs& inputs) {
  std::string says = absl::StrFormat("%s of weights to each of %d workers after every step",
                                     Bytes(plan.weights_bytes), inputs.workers);
  if (plan.step_seconds > 0) {
    absl::StrAppend(&says, ": ", Bytes(plan.weights_bytes * inputs.workers / plan.step_seconds),
                    "/s out of rank 0");
  }
  return Line("network", says);
}

}  // namespace

std::string FormatPlan(const RunPlan& plan, const RunConfig& config, const PlanInputs& inputs) {
  return absl::StrCat(
      Line("model", absl::StrFormat("%.1f M parameters, %s in %s", inputs.parameters / 1e6,
                                    Bytes(plan.weights_bytes), WordOf(config.model.dtype))),
      StepLine(plan), TimeLine(plan, config),
      Line("Redis", absl::StrFormat(
                        "%s per response, %d steps at once: %s; give it %s, since a rewrite of its "
                        "file may double it",
                        Bytes(plan.sample_bytes), plan.steps_in_redis, Bytes(plan.redis_bytes),
                        Bytes(2 * plan.redis_bytes))),
      NetworkLine(plan, inputs),
      Line("learner",
           absl::StrFormat("%s of state per rank, and activations of %d tokens at once",
                           Bytes(plan.learner_bytes), config.learner.max_tokens_per_micro_batch)),
      Line("disk", absl::StrFormat("%s per checkpoint, %d kept and one being written: %s",
                                   Bytes(plan.checkpoint_bytes), plan.checkpoints_kept,
                                   Bytes(plan.checkpoint_bytes *
                                         static_cast<double>(plan.checkpoints_kept + 1)))));
}

absl::Status RunPlanCommand(absl::Span<const std::string> args) {
  PlanInputs inputs;
  std::string model;
  std::vector<std::string> overrides;
  Options options(
      "hir plan CONFIG [--model DIR | --parameters N] [--set KEY=VALUE]...",
      "Says what a run asks of machines: memory of Redis and learner, network for weights,\n"
      "disk for checkpoints, and - with the rates of your machines - time. For responses as\n"
      "long as the configuration lets them be.");
  options.Text("model", &model, "model folder; default: model.path of the configuration");
  options.Number("parameters", &inputs.parameters, "of the model, instead of its folder, e.g. 7e9");
  options.Integer("workers", &inputs.workers, "rollout workers; default 1");
  options.Integer("learners", &inputs.learners, "learner ranks; default 1");
  options.Number("decode-tokens-per-second", &inputs.decode_tokens_per_second,
                 "of one worker: rate(hir_rollout_tokens_total[5m]) of a run");
  options.Number("train-tokens-per-second", &inputs.train_tokens_per_second,
                 "of one rank: trained tokens of a step by its train phase");
  AddSetOption(options, overrides);
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> rest, options.Parse(args));
  if (rest.size() != 1) {
    return absl::InvalidArgumentError("give one configuration file; usage: hir plan CONFIG.");
  }
  HIR_ASSIGN_OR_RETURN(const RunConfig config, LoadConfig(rest[0], overrides));
  if (inputs.workers < 1 || inputs.learners < 1 || inputs.decode_tokens_per_second < 0 ||
      inputs.train_tokens_per_second < 0 || inputs.parameters < 0) {
    return absl::InvalidArgumentError(
        "--workers and --learners are at least 1, rates and --parameters at least 0.");
  }
  if (inputs.parameters > 0 && config.lora.rank > 0) {
    return absl::InvalidArgumentError(
        "--parameters says nothing of the size of adapters, and lora.rank is above 0; give "
        "--model instead.");
  }
  if (inputs.parameters == 0) {
    HIR_RETURN_IF_ERROR(
        CountParameters(model.empty() ? config.model.path : model, config.lora, inputs));
  }
  std::cout << FormatPlan(PlanRun(config, inputs), config, inputs);
  return absl::OkStatus();
}

}  // namespace hir
