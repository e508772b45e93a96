// `hir eval`: IFEval's numbers for a model folder or a running worker.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
#include "hir/evaluation/evaluation.h"
#include "hir/evaluation/instructions.h"
#include "hir/process/stop_signal.h"
#include "hir/run/format.h"
#include "hir/supervisor/local_ring.h"
#include "hir/supervisor/services.h"

namespace hir {
namespace {

struct EvalCommand {
  std::string model;
  std::string suite;
  std::string output;
  std::string verifier_flags;  // File of them.
  int limit = 0;
  EvalSettings settings = {.max_response_tokens = RolloutConfig().max_response_tokens};
  ModelOptions model_options;
  RingAddresses connect;
  TlsFiles tls;
};

Options EvalOptions(EvalCommand& command) {
  Options options("hir eval --model DIR --suite FILE",
                  "Answers every prompt of FILE once, greedily by default, and decides its "
                  "constraints. FILE has\n"
                  "instructions in any form that hir data check reads (IFEval's, ours and others), "
                  "and each\nprompt is used as it is stored. Prints prompt\n"
                  "and instruction level, strict and loose, with 95 % intervals; undecidable "
                  "counts as not met;\nand how many answers were cut at --max-tokens. With "
                  "--reasoning-end only what follows that\nmark is checked.");
  options.Text("model", &command.model, "Hugging Face folder; served for the time it takes");
  options.Text("suite", &command.suite,
               "JSON Lines, a JSON array or Parquet: prompts with constraints");
  options.Required("suite");
  options.Integer("limit", &command.limit, "only the first N prompts; 0 = all");
  options.Integer("max-tokens", &command.settings.max_response_tokens,
                  absl::StrCat("longest response; default ", command.settings.max_response_tokens));
  options.Number("temperature", &command.settings.temperature, "default 0, the likeliest token");
  options.Seed("seed", &command.settings.seed, "of the sampling; default 1");
  options.Text("system", &command.settings.system_prompt, "system prompt; default none");
  AddModelOptions(options, command.model_options);
  options.Text("output", &command.output, "also write every response with its verdicts");
  options.Text("verifier-flags", &command.verifier_flags,
               "file with flags of hir-verifier, one per line: --ruleset, --judge_url, ...");
  options.List("connect", &command.connect.rollouts, "HOST:PORT of each running hir-rollout");
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
  HIR_RETURN_IF_ERROR(
      CheckModelOptions(absl::StrJoin(command.connect.rollouts, ","), command.model_options));
  command.settings.chat_template_kwargs = command.model_options.chat_template_kwargs;
  return ReadFlags(command.verifier_flags).status();
}

absl::Status EvaluateAndPrint(const EvalCommand& command,
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
  HIR_ASSIGN_OR_RETURN(const std::vector<EvalOutcome> outcomes,
                       Evaluate(stubs, records, command.settings,
                                {.clock = clock,
                                 .progress =
                                     [&](size_t done, size_t total) {
                                       live.Show(absl::StrCat(done, "/", total, " answered"));
                                     },
                                 .should_stop = should_stop}));
  live.Clear();
  if (!command.output.empty()) {
    HIR_RETURN_IF_ERROR(WriteFileAtomically(command.output, OutcomeLines(records, outcomes)));
  }
  std::cout << SummaryTable(Summarise(outcomes)) << std::flush;
  return absl::OkStatus();
}

}  // namespace

absl::Status RunEvalCommand(absl::Span<const std::string> args) {
  EvalCommand command;
  const Options options = EvalOptions(command);
  HIR_RETURN_IF_ERROR(options.ParseOnly(args));
  HIR_RETURN_IF_ERROR(CheckCommand(command));
  HIR_RETURN_IF_ERROR(CheckFormatOfRunOf(command.suite));
  HIR_ASSIGN_OR_RETURN(
      std::vector<InstructionRecord> records,
      ReadCheckedInstructions(command.suite, StoredPrompt::kKeep, command.settings.system_prompt));
  const size_t limit = static_cast<size_t>(command.limit);
  if (limit > 0 && limit < records.size()) records.resize(limit);
  StopSignal signal;
  const absl::Status status =
      EvaluateAndPrint(command, records, [&signal] { return signal.stopped(); });
  if (signal.stopped()) return absl::CancelledError("interrupted; nothing is left running.");
  return status;
}

}  // namespace hir
