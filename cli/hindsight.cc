// `hir hindsight`: which failures of a step would be replayed, and as answers to what.
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/config_option.h"
#include "cli/options.h"
#include "hir/base/status_macros.h"
#include "hir/config/schema.h"
#include "hir/evaluation/hindsight_file.h"
#include "hir/run/format.h"
#include "hir/tokenizer/prompt_encoder.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

// The configuration that was given, or else that of the run whose folder `input` is in, as
// runs/NAME/rollouts/step_000001.jsonl is; otherwise the defaults.
absl::StatusOr<RunConfig> ConfigFor(const std::string& given, const std::string& input) {
  if (!given.empty()) return LoadRunConfig(given);
  const fs::path folder = fs::absolute(input).parent_path();
  const fs::path beside = folder.parent_path() / "config.yaml";
  if (folder.filename() != "rollouts" || !fs::exists(beside)) return RunConfig();
  return LoadRunConfig(beside);
}

// By the tokenizer and chat template of the run's model; null when the configuration names none.
absl::StatusOr<std::unique_ptr<PromptEncoder>> EncoderOf(const RunConfig& config) {
  if (config.model.path.empty()) {
    std::cerr << "note: model.path is not set, so lengths of rewritten prompts are not checked "
                 "against rollout.max_prompt_tokens\n";
    return nullptr;
  }
  absl::StatusOr<std::unique_ptr<Tokenizer>> tokenizer = Tokenizer::Load(config.model.path);
  if (!tokenizer.ok()) {
    return absl::Status(
        tokenizer.status().code(),
        absl::StrCat(tokenizer.status().message(),
                     "; the lengths of rewritten prompts need the tokenizer of the run: say where "
                     "it is with --set model.path=FOLDER"));
  }
  return std::make_unique<ModelPromptEncoder>(*std::move(tokenizer));
}

}  // namespace

absl::Status RunHindsightCommand(absl::Span<const std::string> args) {
  std::string input, config_file;
  int step = 0;
  std::vector<std::string> overrides;
  Options options(
      "hir hindsight --input FILE --step S [--config FILE] [--set hindsight.mode=random]...",
      "Shows which failed responses of a step are replayed, and with which instruction: for a "
      "file\n"
      "of runs/NAME/rollouts/ those that the run replayed. Each input line is a JSON object as\n"
      "there: task, sample, question, constraints [{text, verdict}], layout, entropy_mean_nats,\n"
      "token_ids, finish_reason. Output: one JSON line per replayed response, best first, with\n"
      "its score and rewritten instruction; the last line has the totals.");
  options.Text("input", &input, "JSON lines of scored responses").Required("input");
  options.Integer("step", &step, "learner step, from 1; sets the integrity weight")
      .Required("step");
  options.Text("config", &config_file,
               "run configuration; else that of the run's folder, or the defaults");
  AddSetOption(options, overrides);
  HIR_RETURN_IF_ERROR(options.ParseOnly(args));
  HIR_ASSIGN_OR_RETURN(RunConfig config, ConfigFor(config_file, input));
  for (const std::string& assignment : overrides) {
    HIR_RETURN_IF_ERROR(ApplyOverride(config, assignment));
  }
  HIR_RETURN_IF_ERROR(CheckFormatOfRunOf(input));
  HIR_ASSIGN_OR_RETURN(const std::vector<ScoredLine> lines, ReadScoredLines(input));
  HIR_ASSIGN_OR_RETURN(const std::unique_ptr<PromptEncoder> encoder, EncoderOf(config));
  const auto encode = [&](const std::string& text) -> absl::StatusOr<std::vector<int32_t>> {
    if (encoder == nullptr) return std::vector<int32_t>();
    return encoder->Encode(config, text);
  };
  HIR_ASSIGN_OR_RETURN(const std::string text, HindsightLines(lines, config, step, encode));
  std::cout << text;
  return absl::OkStatus();
}

}  // namespace hir
