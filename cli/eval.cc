// `hir eval`: IFEval's numbers for a model folder or a running worker.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/commands.h"
#include "cli/display.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/ring_options.h"
#include "hir/base/file.h"
#include "hir/base/status_macros.h"
#include "hir/client/ring_client.h"
#include "hir/config/run_config.h"
#include "hir/driver/local_policy.h"
#include "hir/evaluation/compare.h"
#include "hir/evaluation/evaluation.h"
#include "hir/evaluation/instructions.h"
#include "hir/evaluation/results_json.h"
#include "hir/evaluation/samples.h"
#include "hir/evaluation/suites.h"
#include "hir/metrics/build_info.h"
#include "hir/process/stop_signal.h"
#include "hir/run/format.h"
#include "hir/supervisor/local_ring.h"
#include "hir/supervisor/services.h"

namespace hir {
namespace {

struct EvalCommand {
  std::string model;
  std::string suite;
  std::string suites = ".deps/suites";
  std::string output;
  std::string log_samples;
  std::string baseline;
  int samples = 1;
  std::string verifier_flags;  // File of them.
  int limit = 0;
  EvalSettings settings = {.max_response_tokens = RolloutConfig().max_response_tokens};
  ModelOptions model_options;
  RingAddresses connect;
  TlsFiles tls;
};

Options EvalOptions(EvalCommand& command) {
  Options options(
      "hir eval --model DIR --suite NAME|FILE",
      "Answers every prompt of a suite, once and greedily by default, and decides its "
      "constraints.\nNAME is ifbench, ifeval or heldout (data.held_out of the run whose "
      "checkpoint --model is).\nFILE has instructions in any form that hir data check "
      "reads (IFEval's, ours and others), and\neach prompt is used as it is stored. "
      "Prints prompt and instruction level, strict and loose, with\n95 % intervals, "
      "with --samples also mean@N and pass@k; undecidable counts as not met; how many\n"
      "answers were cut at --max-tokens; and each kind's share. With --reasoning-end "
      "only what follows\nthat mark is checked.");
  options.Text("model", &command.model, "Hugging Face folder; served for the time it takes");
  options.Text("suite", &command.suite,
               "a name, or JSON Lines, a JSON array or Parquet: prompts with constraints");
  options.Required("suite");
  options.Text("suites", &command.suites,
               absl::StrCat("folder of the suites with names; default ", command.suites));
  options.Integer("samples", &command.samples, "answers to each prompt; default 1");
  options.Integer("limit", &command.limit, "only the first N prompts; 0 = all");
  options.Integer("max-tokens", &command.settings.max_response_tokens,
                  absl::StrCat("longest response; default ", command.settings.max_response_tokens));
  options.Number("temperature", &command.settings.temperature, "default 0, the likeliest token");
  options.Seed("seed", &command.settings.seed, "of the sampling; default 1");
  options.Text("system", &command.settings.system_prompt, "system prompt; default none");
  AddModelOptions(options, command.model_options);
  options.Text("output", &command.output, "also write the results, in lm-eval's shape");
  options.Text("log-samples", &command.log_samples,
               "also write every response with its verdicts, one per line");
  options.Text("baseline", &command.baseline,
               "--log-samples of another model on the same prompts, to compare with");
  options.Text("verifier-flags", &command.verifier_flags,
               "file with flags of hir-verifier, one per line: --ruleset, --judge_url, ...");
  options.List("connect", &command.connect.rollouts,
               "HOST:PORT of each running hir-rollout; all of them share the prompts");
  options.Text("verifier", &command.connect.verifier, "HOST:PORT of a running hir-verifier");
  AddTlsOptions(options, command.tls);
  return options;
}

absl::Status CheckCommand(EvalCommand& command) {
  if (command.connect.rollouts.empty() != command.connect.verifier.empty()) {
    return absl::InvalidArgumentError("give both --connect and --verifier, or neither.");
  }
  if (!command.connect.verifier.empty() && !command.verifier_flags.empty()) {
    return absl::InvalidArgumentError(
        "--verifier-flags is for the verifier that is started here; a running one has its own.");
  }
  if (command.model.empty() == command.connect.rollouts.empty()) {
    return absl::InvalidArgumentError("give either --model or --connect.");
  }
  if (command.limit < 0 || command.settings.max_response_tokens < 1 ||
      !(command.settings.temperature >= 0)) {
    return absl::InvalidArgumentError(
        "--limit must be 0 or more, --max-tokens at least 1, --temperature 0 or more.");
  }
  if (command.samples < 1 || command.samples > 1024) {
    return absl::InvalidArgumentError(
        absl::StrCat("--samples is ", command.samples, "; it must be 1 to 1024."));
  }
  if (command.samples > 1 && command.settings.temperature == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--samples is ", command.samples,
        " but --temperature is 0, at which all answers are the same; give a temperature."));
  }
  HIR_RETURN_IF_ERROR(
      CheckModelOptions(absl::StrJoin(command.connect.rollouts, ","), command.model_options));
  command.settings.chat_template_kwargs = command.model_options.chat_template_kwargs;
  return ReadFlags(command.verifier_flags).status();
}

// Answers to the records, `command.samples` to each.
absl::StatusOr<std::vector<EvalOutcome>> Answer(const EvalCommand& command,
                                                const std::vector<InstructionRecord>& records,
                                                const std::function<bool()>& should_stop) {
  std::unique_ptr<LocalPolicy> policy;
  RingAddresses addresses = command.connect;
  if (addresses.rollouts.empty()) {
    HIR_ASSIGN_OR_RETURN(const std::vector<std::string> flags, ReadFlags(command.verifier_flags));
    HIR_ASSIGN_OR_RETURN(policy,
                         LocalPolicy::Start({.bin_dir = ProgramFolder(),
                                             .model = command.model,
                                             .with_verifier = true,
                                             .verifier_flags = flags,
                                             .reasoning_end = command.model_options.reasoning_end},
                                            should_stop));
    addresses = policy->addresses();
  }
  HIR_ASSIGN_OR_RETURN(RingStubs stubs, ConnectRing(addresses, command.tls));
  RealClock clock;
  LiveLine live(std::cerr, isatty(STDERR_FILENO) == 1);
  auto outcomes = Evaluate(
      stubs, Repeated(records, command.samples), command.settings,
      {.clock = clock,
       .progress = [&](size_t done,
                       size_t total) { live.Show(absl::StrCat(done, "/", total, " answered")); },
       .should_stop = should_stop});
  live.Clear();
  return outcomes;
}

// Writes the files that are asked for, and prints.
absl::Status Conclude(const EvalCommand& command, const SuiteResults& results,
                      const std::vector<InstructionRecord>& records,
                      const std::vector<EvalOutcome>& outcomes) {
  if (!command.log_samples.empty()) {
    HIR_RETURN_IF_ERROR(WriteFileAtomically(command.log_samples, OutcomeLines(records, outcomes)));
  }
  if (!command.output.empty()) {
    HIR_RETURN_IF_ERROR(WriteFileAtomically(command.output, ResultsJson(results).dump(2) + "\n"));
  }
  std::cout << SummaryTable(results.summary) << SampleLines(results.sample_scores)
            << KindTable(results.kinds) << std::flush;
  return absl::OkStatus();
}

absl::Status EvaluateAndPrint(const EvalCommand& command, const FoundSuite& suite,
                              std::vector<InstructionRecord> records,
                              const std::function<bool()>& should_stop) {
  SuiteResults results = {
      .suite = suite.name,
      .file = suite.file,
      .model = command.model.empty() ? absl::StrJoin(command.connect.rollouts, ",") : command.model,
      .version = BuildVersion(),
      .records = records.size(),
      .samples = command.samples,
      .started = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()),
      .settings = command.settings};
  const size_t limit = static_cast<size_t>(command.limit);
  if (limit > 0 && limit < records.size()) records.resize(limit);
  AnswerVerdicts baseline;
  if (!command.baseline.empty()) {
    HIR_ASSIGN_OR_RETURN(baseline, ReadBaseline(command.baseline, records));
  }
  HIR_ASSIGN_OR_RETURN(const std::vector<EvalOutcome> outcomes,
                       Answer(command, records, should_stop));
  results.seconds = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()) - results.started;
  results.summary = Summarise(outcomes, command.samples);
  results.sample_scores = SampleScores(outcomes, command.samples);
  results.kinds = ScoresByKind(records, outcomes);
  HIR_RETURN_IF_ERROR(Conclude(command, results, records, outcomes));
  if (!command.baseline.empty()) {
    std::cout << Describe(CompareAnswers(baseline, outcomes), "of the baseline", "here")
              << std::endl;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunEvalCommand(absl::Span<const std::string> args) {
  EvalCommand command;
  const Options options = EvalOptions(command);
  HIR_RETURN_IF_ERROR(options.ParseOnly(args));
  HIR_RETURN_IF_ERROR(CheckCommand(command));
  HIR_ASSIGN_OR_RETURN(const FoundSuite suite,
                       FindSuite(command.suite, command.suites, command.model));
  for (const std::string& file : {suite.file, command.baseline}) {
    if (!file.empty()) HIR_RETURN_IF_ERROR(CheckFormatOfRunOf(file));
  }
  HIR_ASSIGN_OR_RETURN(
      std::vector<InstructionRecord> records,
      ReadCheckedInstructions(suite.file, StoredPrompt::kKeep, command.settings.system_prompt));
  StopSignal signal;
  const absl::Status status =
      EvaluateAndPrint(command, suite, std::move(records), [&signal] { return signal.stopped(); });
  if (signal.stopped()) return absl::CancelledError("interrupted; nothing is left running.");
  return status;
}

}  // namespace hir
