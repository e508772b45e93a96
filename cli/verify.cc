// `hir verify`: verdicts on responses in a file, or anew on those of a run.
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "hir/base/file.h"
#include "hir/base/reasoning_end.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/remote/python/sandbox.h"
#include "hir/evaluation/rescore.h"
#include "hir/evaluation/verify_file.h"
#include "hir/run/format.h"

namespace hir {
namespace {

struct VerifyCommand {
  std::string input;
  std::string output;
  std::string rescore;
  std::string reasoning_end;
  std::string ruleset = RulesetName(Ruleset::kIfbench020);
  int python_checkers = 0;
  int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
};

Options VerifyOptions(VerifyCommand& command) {
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
  options.Text("input", &command.input, "JSON Lines, a JSON array or Parquet to read");
  options.Text("output", &command.output, "JSON Lines to write");
  options.Text("rescore", &command.rescore, "folder of a run");
  options.Text("reasoning-end", &command.reasoning_end,
               "mark that ends the reasoning of a response, e.g. </think>; default none");
  options.Text("ruleset", &command.ruleset,
               "ifbench-0.2.0 (default) or ifbench-2025, where the two differ");
  options.Integer("python-checkers", &command.python_checkers,
                  "checks of python:check_following at once, in sandboxes; default 0, none");
  options.Integer("threads", &command.threads, "threads; default one per core");
  return options;
}

absl::Status CheckCommand(const VerifyCommand& command) {
  if (const absl::Status mark = CheckReasoningEnd(command.reasoning_end); !mark.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--reasoning-end: ", mark.message(), "."));
  }
  if (command.threads < 1) return absl::InvalidArgumentError("--threads must be at least 1.");
  if (command.rescore.empty()) {
    if (!command.input.empty() && !command.output.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("--", command.input.empty() ? "input" : "output",
                                                   " is missing. See hir verify --help."));
  }
  if (!command.input.empty() || !command.output.empty()) {
    return absl::InvalidArgumentError("--rescore takes neither --input nor --output.");
  }
  if (command.reasoning_end.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--rescore takes no --reasoning-end: each record of a run has its own.");
}

absl::StatusOr<CheckerRegistry> RegistryOf(const VerifyCommand& command) {
  HIR_ASSIGN_OR_RETURN(const Ruleset ruleset, ParseRuleset(command.ruleset));
  CheckerRegistry registry = AllCheckers(ruleset);
  if (command.python_checkers == 0) return registry;
  const remote::PythonSandboxOptions sandbox_options = {.workers = command.python_checkers};
  HIR_RETURN_IF_ERROR(Validate(sandbox_options));
  HIR_ASSIGN_OR_RETURN(std::shared_ptr<remote::PythonSandbox> sandbox,
                       remote::PythonSandbox::Start(sandbox_options));
  remote::EnablePythonCheckers(registry, std::move(sandbox));
  return registry;
}

}  // namespace

absl::Status RunVerifyCommand(absl::Span<const std::string> args) {
  VerifyCommand command;
  HIR_RETURN_IF_ERROR(VerifyOptions(command).ParseOnly(args));
  HIR_RETURN_IF_ERROR(CheckCommand(command));
  HIR_ASSIGN_OR_RETURN(const CheckerRegistry registry, RegistryOf(command));
  if (!command.rescore.empty()) {
    HIR_ASSIGN_OR_RETURN(const RescoreResult result, Rescore(command.rescore, registry));
    std::cout << Describe(result);
    return absl::OkStatus();
  }
  HIR_RETURN_IF_ERROR(CheckFormatOfRunOf(command.input));
  HIR_ASSIGN_OR_RETURN(std::vector<VerifyTask> tasks, ReadVerifyTasks(command.input, registry));
  for (VerifyTask& task : tasks) task.reasoning_end = command.reasoning_end;
  return WriteFileAtomically(command.output, VerdictLines(tasks, command.threads));
}

}  // namespace hir
