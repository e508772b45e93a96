#include "cli/verify.h"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "hir/evaluation/rescore.h"
#include "hir/base/file.h"
#include "hir/base/reasoning_end.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/score.h"
#include "hir/checkers/remote/python/sandbox.h"
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

absl::Status RunVerifyCommand(absl::Span<const std::string> args) {
  std::string input;
  std::string output;
  std::string rescore;
  std::string reasoning_end;
  std::string ruleset_name = RulesetName(Ruleset::kIfbench020);
  int python_checkers = 0;
  int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  Options options(
      "hir verify --input FILE --output FILE, or --rescore RUN",
      "Decides constraints of responses. Each input record has a response, and "
      "instruction_id_list\n"
      "and kwargs (IFEval's fields; others are ignored), or is one of the other forms that\n"
      "hir data check reads. Each output line, in the same order, has strict and loose: true, "
      "false or \"undecidable\" for each\n"
      "constraint. Arguments that a checker refuses make that constraint undecidable, with the\n"
      "reason in reasons; the rest of the file is decided. An unknown checker, or a line that "
      "can't\n"
      "be read, is an error. The output appears whole or not at all.\n"
      "With --rescore, decides the stored responses of a run anew and prints what has changed.\n"
      "With --reasoning-end, only what follows the last such mark of a response is checked, "
      "without\n"
      "white space at its ends; nothing is left of one without the mark. reasoning_ended says "
      "which.");
  options.Text("input", &input, "JSON Lines, a JSON array or Parquet to read");
  options.Text("output", &output, "JSON Lines to write");
  options.Text("rescore", &rescore, "folder of a run");
  options.Text("reasoning-end", &reasoning_end,
               "mark that ends the reasoning of a response, e.g. </think>; default none");
  options.Text("ruleset", &ruleset_name,
               "ifbench-0.2.0 (default) or ifbench-2025, where the two differ");
  options.Integer("python-checkers", &python_checkers,
                  "checks of python:check_following at once, in sandboxes; default 0, none");
  options.Integer("threads", &threads, "threads; default one a core");
  if (Options::WantsHelp(args)) {
    std::cout << options.Help();
    return absl::OkStatus();
  }
  HIR_RETURN_IF_ERROR(options.ParseOnly(args));
  if (const absl::Status mark = CheckReasoningEnd(reasoning_end); !mark.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--reasoning-end: ", mark.message(), "."));
  }
  if (threads < 1) return absl::InvalidArgumentError("--threads must be at least 1.");
  HIR_ASSIGN_OR_RETURN(const Ruleset ruleset, ParseRuleset(ruleset_name));
  CheckerRegistry registry = AllCheckers(ruleset);
  if (python_checkers != 0) {
    const remote::PythonSandboxOptions sandbox_options = {.workers = python_checkers};
    HIR_RETURN_IF_ERROR(Validate(sandbox_options));
    HIR_ASSIGN_OR_RETURN(std::shared_ptr<remote::PythonSandbox> sandbox,
                         remote::PythonSandbox::Start(sandbox_options));
    remote::EnablePythonCheckers(registry, std::move(sandbox));
  }
  if (!rescore.empty()) {
    if (!input.empty() || !output.empty()) {
      return absl::InvalidArgumentError("--rescore takes neither --input nor --output.");
    }
    if (!reasoning_end.empty()) {
      return absl::InvalidArgumentError(
          "--rescore takes no --reasoning-end: each record of a run has its own.");
    }
    HIR_ASSIGN_OR_RETURN(const RescoreResult result, Rescore(rescore, registry));
    std::cout << Describe(result);
    return absl::OkStatus();
  }
  if (input.empty() || output.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("--", input.empty() ? "input" : "output",
                                                   " is missing. See hir verify --help."));
  }
  HIR_ASSIGN_OR_RETURN(std::vector<VerifyTask> tasks, ReadVerifyTasks(input, registry));
  for (VerifyTask& task : tasks) task.reasoning_end = reasoning_end;
  return WriteFileAtomically(output, VerdictLines(tasks, threads));
}

}  // namespace hir
