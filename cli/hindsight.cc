#include "cli/hindsight.h"

#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "cli/options.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/config/schema.h"
#include "hir/domain/sample_id.h"
#include "hir/hindsight/selector.h"
#include "hir/run/format.h"
#include "hir/run/rollout_line.h"
#include "hir/tokenizer/prompt_encoder.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

absl::Status FieldError(const char* field, const char* what) {
  return absl::InvalidArgumentError(absl::StrCat("field \"", field, "\" ", what, "."));
}

// A line made by hand may have their number, "tokens", in the place of "token_ids".
absl::StatusOr<int64_t> TokensOf(const json& object, const Response& response) {
  if (object.contains("token_ids")) return static_cast<int64_t>(response.tokens.size());
  const auto count = object.find("tokens");
  if (count == object.end() || !count->is_number_unsigned()) {
    return FieldError("tokens", "must be a whole number of at least 0");
  }
  return count->get<int64_t>();
}

bool SameInstruction(const Instruction& a, const Instruction& b) {
  const auto same_text = [](const Constraint& x, const Constraint& y) { return x.text == y.text; };
  return a.question == b.question && a.layout == b.layout &&
         a.prompt_is_complete == b.prompt_is_complete &&
         absl::c_equal(a.constraints, b.constraints, same_text);
}

// What replay had of the step when it froze it. The tasks that were abandoned left no line.
absl::StatusOr<StepInput> ToStep(const std::vector<ScoredLine>& lines, int64_t step) {
  StepInput input = {.step = step};
  std::set<SampleId> seen;
  for (const ScoredLine& line : lines) {
    const SampleId& id = line.response.id;
    if (!seen.insert(id).second) {
      return absl::InvalidArgumentError(absl::StrCat(NameOf(id), " is there twice."));
    }
    const auto [task, is_new] =
        input.tasks.try_emplace(id.task, TaskInput{.instruction = line.instruction});
    if (!is_new && !SameInstruction(task->second.instruction, line.instruction)) {
      return absl::InvalidArgumentError(absl::StrCat(
          NameOf(id), " has another question, layout or constraints than others of its task."));
    }
    input.responses.push_back(line.response);
  }
  absl::c_sort(input.responses, [](const auto& a, const auto& b) { return a.id < b.id; });
  const uint32_t told = lines.empty() ? 0 : lines.front().step_tasks;
  for (const ScoredLine& line : lines) {
    if (line.step_tasks == told && (told == 0 || told >= input.tasks.size())) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("field \"step_tasks\" of ", NameOf(line.response.id), " is ", line.step_tasks,
                     "; it must be the same in every line, and at least the number of tasks, ",
                     input.tasks.size(), "."));
  }
  if (told > 0) input.abandoned_tasks = told - static_cast<uint32_t>(input.tasks.size());
  return input;
}

ordered_json ReplayedJson(const SampleId& id, const ReplayedAs& as, double lambda) {
  ordered_json result;
  result["task"] = id.task;
  result["sample"] = id.sample;
  result["lambda"] = lambda;
  AddReplay(as, result);
  return result;
}

ordered_json TotalsJson(const StepInput& input, const Selection& selection) {
  ordered_json totals;
  totals["step"] = input.step;
  totals["lambda"] = selection.lambda;
  totals["instructions"] = input.tasks.size() + input.abandoned_tasks;
  totals["responses"] = input.responses.size();
  totals["eligible"] = selection.eligible;
  totals["requested"] = selection.requested;
  totals["replayed"] = selection.picked.size();
  totals["shortfall"] = selection.shortfall();
  for (const SkipReason reason : kSkipReasons) {
    totals["skipped"][SkipReasonName(reason)] = absl::c_count(selection.skipped, reason);
  }
  return totals;
}

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

absl::StatusOr<std::vector<ScoredLine>> ReadScoredLines(const std::string& input) {
  HIR_ASSIGN_OR_RETURN(const std::vector<RecordLine> objects, ReadRecordLines(input));
  std::vector<ScoredLine> lines;
  for (const RecordLine& object : objects) {
    absl::StatusOr<ScoredLine> line = ParseScoredLine(object.object);
    if (!line.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(input, ":", object.number, ": ", line.status().message()));
    }
    lines.push_back(*std::move(line));
  }
  return lines;
}

}  // namespace

absl::StatusOr<ScoredLine> ParseScoredLine(const json& object) {
  static constexpr const char* kLineFields[] = {"task", "sample", "question", "constraints",
                                                "entropy_mean_nats"};
  static constexpr const char* kConstraintFields[] = {"text", "verdict"};
  HIR_ASSIGN_OR_RETURN(RolloutLine rollout,
                       ReadRolloutLine(object, {kLineFields, kConstraintFields}));
  if (rollout.verdicts.empty()) return FieldError("constraints", "must not be empty");
  ScoredLine line;
  line.response = {.id = rollout.id,
                   .entropy_mean = rollout.response.entropy_mean,
                   .truncated = rollout.response.finish_reason == FinishReason::kLength,
                   .rewritable = !rollout.instruction.prompt_is_complete,
                   .verdicts = VerdictsOf(rollout.verdicts)};
  HIR_ASSIGN_OR_RETURN(line.response.tokens, TokensOf(object, rollout.response));
  line.instruction = std::move(rollout.instruction);
  line.step_tasks = rollout.step_tasks;
  return line;
}

absl::StatusOr<std::string> HindsightLines(const std::vector<ScoredLine>& lines,
                                           const RunConfig& config, int64_t step,
                                           EncodeText encode) {
  HIR_ASSIGN_OR_RETURN(const StepInput input, ToStep(lines, step));
  HIR_ASSIGN_OR_RETURN(const StepSelection selected, SelectAndRewrite(input, config, encode));
  std::string text;
  for (const Replayed& replayed : selected.replayed) {
    const SampleId& id = input.responses[replayed.response].id;
    text += ToLine(ReplayedJson(id, replayed.as, selected.selection.lambda));
  }
  return text + ToLine(TotalsJson(input, selected.selection));
}

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
  options.Texts("set", &overrides, "changes one setting, e.g. hindsight.replay_per_prompt=1");
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
