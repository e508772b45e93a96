#include "cli/hindsight.h"

#include <iostream>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/options.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/config/schema.h"
#include "hir/domain/reward.h"
#include "hir/domain/sample_id.h"
#include "hir/hindsight/rewriter.h"
#include "hir/hindsight/selector.h"
#include "hir/run/format.h"
#include "hir/run/rollout_line.h"

namespace hir {
namespace {

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

absl::StatusOr<ordered_json> ReplayedJson(const ScoredLine& line, const SelectionScore& score,
                                          double lambda) {
  const std::vector<size_t> kept = KeptConstraints(line.sample.verdicts);
  HIR_ASSIGN_OR_RETURN(const std::string rewritten, RewriteInstruction(line.instruction, kept));
  ordered_json result;
  result["task"] = line.sample.task;
  result["sample"] = line.sample.sample;
  result["score"] = score.total;
  result["diversity_nats"] = score.diversity;
  result["integrity"] = score.integrity;
  result["lambda"] = lambda;
  result["kept_constraints"] = kept;
  result["dropped_constraints"] = DroppedConstraints(line.sample.verdicts);
  result["rewritten_instruction"] = rewritten;
  return result;
}

ordered_json TotalsJson(const Selection& selection, int64_t step, size_t instructions,
                        size_t responses) {
  ordered_json totals;
  totals["step"] = step;
  totals["lambda"] = selection.lambda;
  totals["instructions"] = instructions;
  totals["responses"] = responses;
  totals["eligible"] = selection.eligible;
  totals["requested"] = selection.requested;
  totals["replayed"] = selection.picked.size();
  totals["shortfall"] = selection.shortfall();
  return totals;
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
  line.sample = {.task = rollout.id.task,
                 .sample = rollout.id.sample,
                 .entropy_mean_nats = rollout.response.entropy_mean,
                 .truncated = rollout.response.finish_reason == FinishReason::kLength,
                 .rewritable = !rollout.instruction.prompt_is_complete,
                 .verdicts = VerdictsOf(rollout.verdicts)};
  HIR_ASSIGN_OR_RETURN(line.sample.tokens, TokensOf(object, rollout.response));
  line.instruction = std::move(rollout.instruction);
  return line;
}

absl::StatusOr<std::string> HindsightLines(const std::vector<ScoredLine>& lines,
                                           const RunConfig& config, int64_t step) {
  std::vector<ScoredSample> pool;
  std::set<uint64_t> tasks;
  std::set<SampleId> seen;
  for (const ScoredLine& line : lines) {
    pool.push_back(line.sample);
    tasks.insert(line.sample.task);
    const SampleId id = {line.sample.task, line.sample.sample};
    if (!seen.insert(id).second) {
      return absl::InvalidArgumentError(absl::StrCat(NameOf(id), " is there twice."));
    }
  }
  const SelectionSettings settings = {.hindsight = config.hindsight,
                                      .instructions = static_cast<int>(tasks.size()),
                                      .seed = config.seed};
  HIR_ASSIGN_OR_RETURN(const Selection selection, SelectForReplay(pool, settings, step));
  std::string text;
  for (const Candidate& candidate : selection.picked) {
    HIR_ASSIGN_OR_RETURN(const ordered_json replayed,
                         ReplayedJson(lines[candidate.index], candidate.score, selection.lambda));
    text += ToLine(replayed);
  }
  return text + ToLine(TotalsJson(selection, step, tasks.size(), lines.size()));
}

absl::Status RunHindsightCommand(absl::Span<const std::string> args) {
  std::string input, config_file;
  int step = 0;
  std::vector<std::string> overrides;
  Options options(
      "hir hindsight --input FILE --step S [--config FILE] [--set hindsight.mode=random]...",
      "Shows which failed responses of a step would be replayed, and with which instruction. Each\n"
      "input line is a JSON object as in runs/NAME/rollouts/: task, sample, question,\n"
      "constraints [{text, verdict}], layout, entropy_mean_nats, token_ids, finish_reason. "
      "Output:\n"
      "one JSON line a replayed response, best first, with its score and rewritten instruction;\n"
      "the last line has the totals.");
  options.Text("input", &input, "JSON lines of scored responses").Required("input");
  options.Integer("step", &step, "learner step, from 1; sets the integrity weight")
      .Required("step");
  options.Text("config", &config_file, "run configuration to take the hindsight settings from");
  options.Texts("set", &overrides, "changes one setting, e.g. hindsight.replay_per_prompt=1");
  HIR_RETURN_IF_ERROR(options.ParseOnly(args));
  RunConfig config;
  if (!config_file.empty()) {
    HIR_ASSIGN_OR_RETURN(config, LoadRunConfig(config_file));
  }
  for (const std::string& assignment : overrides) {
    HIR_RETURN_IF_ERROR(ApplyOverride(config, assignment));
  }
  HIR_RETURN_IF_ERROR(CheckFormatOfRunOf(input));
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
  HIR_ASSIGN_OR_RETURN(const std::string text, HindsightLines(lines, config, step));
  std::cout << text;
  return absl::OkStatus();
}

}  // namespace hir
