#include "hir/evaluation/verify_file.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hir/base/record_lines.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/core/score.h"
#include "hir/data/ground_truth.h"
#include "hir/data/json_fields.h"
#include "hir/data/reader.h"
#include "hir/domain/verdict_json.h"
#include "hir/text/reasoning.h"

namespace hir {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

bool IsKnown(const std::string& kind, const CheckerRegistry& registry) {
  const std::vector<CheckerListing> all = registry.List();
  return std::any_of(all.begin(), all.end(),
                     [&kind](const CheckerListing& checker) { return checker.kind == kind; });
}

// Strict and loose results of every kind, refused ones included.
Scores ScoreAll(const VerifyTask& task) {
  const Scores decided = Score(task.checkers, AnswerOf(task.response, task.reasoning_end));
  Scores scores;
  size_t next = 0;
  for (const std::string& refusal : task.refusals) {
    const bool refused = !refusal.empty();
    scores.strict.push_back(refused ? Undecidable(refusal) : decided.strict[next]);
    scores.loose.push_back(refused ? Undecidable(refusal) : decided.loose[next]);
    next += !refused;
  }
  return scores;
}

json KeyOf(const json& object) {
  const json key = object.value("key", json());
  return key.is_null() ? object.value("id", json()) : key;
}

// Of a record in any form; IFEval's needs no prompt here.
absl::StatusOr<std::vector<Constraint>> ConstraintsOf(json object) {
  object.erase("response");
  const absl::StatusOr<RecordForm> form = DetectForm(object);
  if (!form.ok() || *form == RecordForm::kIfEval) return ParseIdsAndArguments(object);
  HIR_ASSIGN_OR_RETURN(InstructionRecord record, ParseRecordOf(*form, object, StoredPrompt::kKeep));
  return std::move(record.constraints);
}

}  // namespace

absl::StatusOr<VerifyTask> ParseVerifyTask(const json& object, const CheckerRegistry& registry) {
  VerifyTask task;
  HIR_ASSIGN_OR_RETURN(task.response, TextField(object, "response"));
  task.key = KeyOf(object);
  HIR_ASSIGN_OR_RETURN(const std::vector<Constraint> constraints, ConstraintsOf(object));
  for (const Constraint& constraint : constraints) {
    const std::string& kind = constraint.kind;
    auto checker = registry.Create(kind, constraint.arguments);
    if (!checker.ok() && !IsKnown(kind, registry)) return checker.status();
    task.kinds.push_back(kind);
    task.refusals.push_back(checker.ok() ? "" : std::string(checker.status().message()));
    if (checker.ok()) task.checkers.push_back(*std::move(checker));
  }
  return task;
}

ordered_json VerdictRecord(const VerifyTask& task) {
  const Scores scores = ScoreAll(task);
  ordered_json record;
  if (!task.key.is_null()) record["key"] = task.key;
  record["instruction_id_list"] = task.kinds;
  record["strict"] = VerdictList(VerdictsOf(scores.strict));
  record["loose"] = VerdictList(VerdictsOf(scores.loose));
  ordered_json reasons = ordered_json::array();
  bool undecidable = false;
  for (size_t i = 0; i < scores.strict.size(); ++i) {
    const std::string& reason =
        scores.strict[i].reason.empty() ? scores.loose[i].reason : scores.strict[i].reason;
    undecidable |= !reason.empty();
    reasons.push_back(reason);
  }
  if (undecidable) record["reasons"] = reasons;
  if (!task.reasoning_end.empty()) {
    record["reasoning_ended"] = ReasoningEnded(task.response, task.reasoning_end);
  }
  return record;
}

absl::StatusOr<std::vector<VerifyTask>> ReadVerifyTasks(const std::string& path,
                                                        const CheckerRegistry& registry) {
  std::vector<VerifyTask> tasks;
  HIR_RETURN_IF_ERROR(
      VisitValues(path, [&](const DataPlace& place, const absl::StatusOr<json>& value) {
        absl::StatusOr<VerifyTask> task = absl::InvalidArgumentError("not a JSON object");
        if (!value.ok()) task = value.status();
        if (value.ok() && value->is_object()) task = ParseVerifyTask(*value, registry);
        if (!task.ok()) {
          return absl::InvalidArgumentError(
              absl::StrCat(At(path, place), ": ", task.status().message()));
        }
        tasks.push_back(*std::move(task));
        return absl::OkStatus();
      }));
  return tasks;
}

std::string VerdictLines(const std::vector<VerifyTask>& tasks, int threads) {
  std::vector<std::string> lines(tasks.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < tasks.size(); i = next++)
      lines[i] = ToLine(VerdictRecord(tasks[i]));
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& thread : others) thread.join();
  return absl::StrJoin(lines, "");
}

}  // namespace hir
