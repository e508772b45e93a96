#include "hir/run/rollout_line.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/domain/reward.h"
#include "hir/domain/wire/ids.h"
#include "hir/domain/wire/instruction.h"
#include "hir/domain/wire/response.h"
#include "hir/domain/wire/verdict.h"
#include "hir/text/reasoning.h"

namespace hir {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json ConstraintsJson(const RolloutLine& line) {
  ordered_json list = ordered_json::array();
  const std::vector<Constraint>& constraints = line.instruction.constraints;
  for (size_t i = 0; i < constraints.size() && i < line.verdicts.size(); ++i) {
    ordered_json item;
    item["kind"] = constraints[i].kind;
    item["arguments"] = constraints[i].arguments;
    item["text"] = constraints[i].text;
    if (!constraints[i].depends_on.empty()) item["depends_on"] = constraints[i].depends_on;
    item["verdict"] = VerdictName(line.verdicts[i].verdict);
    if (!line.verdicts[i].reason.empty()) item["reason"] = line.verdicts[i].reason;
    const Votes& votes = line.verdicts[i].votes;
    if (votes.asked > 0) item["votes"] = {{"asked", votes.asked}, {"yes", votes.yes}};
    list.push_back(item);
  }
  return list;
}

ordered_json WeightsJson(const Response& response) {
  ordered_json list = ordered_json::array();
  for (const WeightsSpan& span : response.spans) {
    ordered_json item;
    item["first_token"] = span.first_token;
    item["incarnation"] = span.weights.incarnation;
    item["version"] = span.weights.version;
    item["digest"] = absl::BytesToHexString(span.weights.digest);
    list.push_back(item);
  }
  return list;
}

// The fields of one JSON object. A field is asked for once with what it must be.
class FieldReader {
 public:
  FieldReader(const json& object, absl::Span<const char* const> required)
      : object_(object), required_(required) {}

  // The field; null when it is missing and may be. INVALID_ARGUMENT: it is missing, or is not as
  // `is` wants it; `what` says so in words.
  absl::StatusOr<const json*> Field(const char* name, bool (json::*is)() const noexcept,
                                    const char* what) const {
    const auto it = object_.find(name);
    const bool wanted =
        std::find(required_.begin(), required_.end(), std::string_view(name)) != required_.end();
    if (it == object_.end() && !wanted) return nullptr;
    if (it != object_.end() && ((*it).*is)()) return &*it;
    return absl::InvalidArgumentError(absl::StrCat("field \"", name, "\" must be ", what, "."));
  }

  template <typename T>
  absl::Status Read(const char* name, bool (json::*is)() const noexcept, const char* what,
                    T& value) const {
    HIR_ASSIGN_OR_RETURN(const json* const field, Field(name, is, what));
    if (field != nullptr) value = field->get<T>();
    return absl::OkStatus();
  }

  absl::Status Text(const char* name, std::string& value) const {
    return Read(name, &json::is_string, "a text", value);
  }
  template <typename T>
  absl::Status Count(const char* name, T& value) const {
    return Read(name, &json::is_number_unsigned, "a whole number of at least 0", value);
  }

 private:
  const json& object_;
  const absl::Span<const char* const> required_;
};

absl::StatusOr<Votes> ReadVotes(const json& object) {
  const FieldReader reader(object, {});
  Votes votes;
  HIR_RETURN_IF_ERROR(reader.Count("asked", votes.asked));
  HIR_RETURN_IF_ERROR(reader.Count("yes", votes.yes));
  if (votes.yes <= votes.asked) return votes;
  return absl::InvalidArgumentError(absl::StrCat("field \"votes\" has ", votes.yes,
                                                 " of yes but only ", votes.asked, " asked for."));
}

// What a constraint depends on.
absl::StatusOr<std::vector<size_t>> ReadIndices(const FieldReader& reader) {
  constexpr const char* kName = "depends_on";
  constexpr const char* kWhat = "a list of indices of constraints";
  HIR_ASSIGN_OR_RETURN(const json* const list, reader.Field(kName, &json::is_array, kWhat));
  std::vector<size_t> indices;
  if (list == nullptr) return indices;
  for (const json& index : *list) {
    if (!index.is_number_unsigned()) {
      return absl::InvalidArgumentError(absl::StrCat("field \"", kName, "\" must be ", kWhat, "."));
    }
    indices.push_back(index.get<size_t>());
  }
  return indices;
}

absl::Status ReadConstraint(const json& object, absl::Span<const char* const> required,
                            RolloutLine& line) {
  if (!object.is_object()) {
    return absl::InvalidArgumentError("field \"constraints\" must be a list of objects.");
  }
  const FieldReader reader(object, required);
  Constraint constraint;
  CheckResult result;
  std::string verdict;
  HIR_RETURN_IF_ERROR(reader.Text("kind", constraint.kind));
  HIR_RETURN_IF_ERROR(reader.Text("text", constraint.text));
  HIR_RETURN_IF_ERROR(reader.Text("verdict", verdict));
  HIR_RETURN_IF_ERROR(reader.Text("reason", result.reason));
  constraint.arguments = object.value("arguments", json());
  HIR_ASSIGN_OR_RETURN(constraint.depends_on, ReadIndices(reader));
  const std::optional<Verdict> parsed = ParseVerdict(verdict);
  if (!parsed.has_value()) {
    return absl::InvalidArgumentError(
        "field \"constraints\" must hold a verdict of pass, fail or undecidable each.");
  }
  result.verdict = *parsed;
  HIR_ASSIGN_OR_RETURN(const json* const votes,
                       reader.Field("votes", &json::is_object, "an object of asked and yes"));
  if (votes != nullptr) {
    HIR_ASSIGN_OR_RETURN(result.votes, ReadVotes(*votes));
  }
  line.instruction.constraints.push_back(std::move(constraint));
  line.verdicts.push_back(std::move(result));
  return absl::OkStatus();
}

absl::Status ReadLayout(const FieldReader& reader, Instruction& instruction) {
  int layout = static_cast<int>(instruction.layout);
  HIR_RETURN_IF_ERROR(
      reader.Read("layout", &json::is_number_integer, "a number from 1 to 6", layout));
  // A complete prompt is not laid out: older lines of such have any number.
  if (instruction.prompt_is_complete) return absl::OkStatus();
  HIR_ASSIGN_OR_RETURN(instruction.layout, ParseLayout(layout));
  return absl::OkStatus();
}

absl::Status ReadTokens(const FieldReader& reader, Response& response) {
  HIR_ASSIGN_OR_RETURN(const json* const ids,
                       reader.Field("token_ids", &json::is_array, "a list of token ids"));
  if (ids == nullptr) return absl::OkStatus();
  for (const json& id : *ids) {
    if (!id.is_number_integer()) {
      return absl::InvalidArgumentError("field \"token_ids\" must be a list of token ids.");
    }
    response.tokens.push_back(id.get<int32_t>());
  }
  return absl::OkStatus();
}

absl::Status ReadEntropy(const FieldReader& reader, Response& response) {
  HIR_RETURN_IF_ERROR(
      reader.Read("entropy_mean_nats", &json::is_number, "a number", response.entropy_mean));
  std::string source = WordOf(response.entropy_source);
  HIR_RETURN_IF_ERROR(reader.Text("entropy_source", source));
  const std::optional<EntropySource> parsed = FromWord<EntropySource>(source);
  if (!parsed.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("field \"entropy_source\" is \"", source,
                                                   "\" but must be one of ",
                                                   AllWords<EntropySource>(), "."));
  }
  response.entropy_source = *parsed;
  return absl::OkStatus();
}

}  // namespace

RolloutLine ToRolloutLine(const replay::v1::RolloutRecord& record) {
  const common::v1::ScoredResponse& scored = record.scored();
  const common::v1::Response& response = scored.response();
  RolloutLine line = {
      .run = response.id().run(),
      .step = response.step(),
      .step_tasks = record.step_tasks(),
      .id = FromProto(response.id()),
      .instruction = FromProto(response.instruction()),
      .response = FromProto(response),
      .reasoning_end = response.reasoning_end(),
      .prompt_tokens = {response.prompt_token_ids().begin(), response.prompt_token_ids().end()},
      .verifier_build = scored.verifier_build()};
  for (const common::v1::ConstraintVerdict& verdict : scored.verdicts()) {
    line.verdicts.push_back(FromProto(verdict));
  }
  line.left_out = record.left_out();
  if (!record.has_replay()) return line;
  const replay::v1::BatchRow& row = record.replay();
  line.replayed_as =
      ReplayedAs{.score = row.score(),
                 .diversity_nats = row.diversity_nats(),
                 .integrity = row.integrity(),
                 .kept = {row.kept_constraints().begin(), row.kept_constraints().end()},
                 .dropped = {row.dropped_constraints().begin(), row.dropped_constraints().end()},
                 .rewritten_instruction = row.rewritten_instruction()};
  return line;
}

void AddReplay(const ReplayedAs& replayed_as, ordered_json& record) {
  record["score"] = replayed_as.score;
  record["diversity_nats"] = replayed_as.diversity_nats;
  record["integrity"] = replayed_as.integrity;
  record["kept_constraints"] = replayed_as.kept;
  record["dropped_constraints"] = replayed_as.dropped;
  record["rewritten_instruction"] = replayed_as.rewritten_instruction;
}

ordered_json RolloutJson(const RolloutLine& line) {
  const std::vector<Verdict> verdicts = VerdictsOf(line.verdicts);
  const std::optional<int> reward = RewardOf(verdicts);
  const Response& response = line.response;
  ordered_json record;
  record["kind"] = "rollout";
  record["run"] = line.run;
  record["step"] = line.step;
  if (line.step_tasks > 0) record["step_tasks"] = line.step_tasks;
  record["task"] = line.id.task;
  record["sample"] = line.id.sample;
  record["group_id"] = absl::StrCat(line.run, "/", line.id.task);
  record["source_id"] = line.instruction.source_id;
  record["policy_version"] = response.spans.empty() ? 0 : response.spans[0].weights.version;
  record["question"] = line.instruction.question;
  record["layout"] = static_cast<int>(line.instruction.layout);
  record["prompt_is_complete"] = line.instruction.prompt_is_complete;
  record["constraints"] = ConstraintsJson(line);
  record["reward"] = reward.has_value() ? ordered_json(*reward) : ordered_json(nullptr);
  record["constraint_accuracy"] = ConstraintAccuracy(verdicts);
  record["finish_reason"] = FinishReasonName(response.finish_reason);
  record["text"] = response.text;
  if (!line.reasoning_end.empty()) {
    record["reasoning_end"] = line.reasoning_end;
    record["reasoning_ended"] = ReasoningEnded(response.text, line.reasoning_end);
  }
  record["prompt_token_ids"] = line.prompt_tokens;
  record["token_ids"] = response.tokens;
  record["logprobs"] = response.log_probabilities;
  record["entropy_mean_nats"] = response.entropy_mean;
  record["entropy_source"] = WordOf(response.entropy_source);
  record["verifier_build"] = line.verifier_build;
  record["weights"] = WeightsJson(response);
  if (!line.left_out.empty()) record["left_out"] = line.left_out;
  record["replayed"] = line.replayed_as.has_value();
  if (line.replayed_as.has_value()) AddReplay(*line.replayed_as, record);
  return record;
}

absl::StatusOr<RolloutLine> ReadRolloutLine(const json& object, const RequiredFields& required) {
  const FieldReader reader(object, required.line);
  RolloutLine line;
  Instruction& instruction = line.instruction;
  HIR_RETURN_IF_ERROR(reader.Text("run", line.run));
  HIR_RETURN_IF_ERROR(reader.Count("step", line.step));
  HIR_RETURN_IF_ERROR(reader.Count("step_tasks", line.step_tasks));
  HIR_RETURN_IF_ERROR(reader.Count("task", line.id.task));
  HIR_RETURN_IF_ERROR(reader.Count("sample", line.id.sample));
  HIR_RETURN_IF_ERROR(reader.Text("source_id", instruction.source_id));
  HIR_RETURN_IF_ERROR(reader.Text("question", instruction.question));
  HIR_RETURN_IF_ERROR(reader.Read("prompt_is_complete", &json::is_boolean, "true or false",
                                  instruction.prompt_is_complete));
  HIR_RETURN_IF_ERROR(ReadLayout(reader, instruction));
  HIR_ASSIGN_OR_RETURN(const json* const constraints,
                       reader.Field("constraints", &json::is_array, "a list"));
  if (constraints != nullptr) {
    for (const json& constraint : *constraints) {
      HIR_RETURN_IF_ERROR(ReadConstraint(constraint, required.constraint, line));
    }
    HIR_RETURN_IF_ERROR(CheckDependencies(instruction.constraints));
  }
  HIR_RETURN_IF_ERROR(ReadTokens(reader, line.response));
  HIR_RETURN_IF_ERROR(ReadEntropy(reader, line.response));
  HIR_RETURN_IF_ERROR(reader.Text("text", line.response.text));
  HIR_RETURN_IF_ERROR(reader.Text("reasoning_end", line.reasoning_end));
  HIR_RETURN_IF_ERROR(reader.Text("verifier_build", line.verifier_build));
  std::string finish_reason;
  HIR_RETURN_IF_ERROR(reader.Text("finish_reason", finish_reason));
  if (finish_reason != FinishReasonName(FinishReason::kLength)) {
    line.response.finish_reason = FinishReason::kStop;
  }
  return line;
}

}  // namespace hir
