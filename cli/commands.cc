#include "cli/commands.h"

#include <exception>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/options.h"
#include "hir/base/nearest.h"
#include "hir/metrics/build_info.h"

namespace hir {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kInterrupted = 130;

struct Subcommand {
  std::string name;
  std::string summary;
  absl::Status (*run)(absl::Span<const std::string>);
};

const std::vector<Subcommand>& Subcommands() {
  static const auto* const kSubcommands = new std::vector<Subcommand>{
      {"train", "train a model with Hindsight instruction Replay", RunTrainCommand},
      {"eval", "evaluate a model on prompts with checkable constraints", RunEvalCommand},
      {"verify", "decide the constraints of responses in a file", RunVerifyCommand},
      {"generate", "stream one answer of a model", RunGenerateCommand},
      {"merge", "make a model folder of trained adapters (LoRA)", RunMergeCommand},
      {"hindsight", "show which failures would be replayed, and how", RunHindsightCommand},
      {"data", "generate and check training data", RunDataCommand},
      {"report", "write the page of a run", RunReportCommand},
      {"dashboard", "serve a page with a run's curves and responses, live", RunDashboardCommand},
      {"status", "show where a run stands", RunStatusCommand},
      {"plan", "say what a run asks of machines", RunPlanCommand},
      {"delete", "delete the ledger of a run out of Redis", RunDeleteCommand},
      {"doctor", "look at this machine, or at a ring that runs: what is wrong, how to fix it",
       RunDoctorCommand},
  };
  return *kSubcommands;
}

std::string Help() {
  std::string help =
      "hir - post-trains language models to follow instructions with many constraints.\n\n"
      "usage: hir COMMAND [ARGUMENTS]    (hir COMMAND --help tells more)\n\n";
  for (const Subcommand& command : Subcommands()) {
    std::string name = command.name;
    name.resize(11, ' ');
    absl::StrAppend(&help, "  ", name, command.summary, "\n");
  }
  return help +
         "\nExit codes: 0 done; 1 failed; 2 wrong usage or bad input; 130 interrupted (Ctrl-C).\n";
}

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
      return kUsage;
    case absl::StatusCode::kCancelled:
      return kInterrupted;
    default:
      return kFailed;
  }
}

absl::Status Dispatch(absl::Span<const std::string> args) {
  std::vector<std::string> names;
  for (const Subcommand& command : Subcommands()) {
    if (command.name == args[0]) return command.run(args.subspan(1));
    names.push_back(command.name);
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown command \"", args[0], "\".",
                                                 DidYouMean(args[0], names), " See `hir --help`."));
}

}  // namespace

int RunCommandLine(absl::Span<const std::string> args) {
  if (args.empty() || args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
    (args.empty() ? std::cerr : std::cout) << Help();
    return args.empty() ? kUsage : 0;
  }
  if (args[0] == "--version") {
    std::cout << "hir " << BuildVersion() << "\n";
    return 0;
  }
  try {
    const absl::Status status = Dispatch(args);
    if (IsHelp(status)) {
      std::cout << status.message();
      return 0;
    }
    if (!status.ok()) std::cerr << "hir " << args[0] << ": " << status.message() << std::endl;
    return ExitCodeOf(status);
  } catch (const std::exception& error) {
    std::cerr << "hir " << args[0] << ": " << error.what() << std::endl;
    return kFailed;
  }
}

}  // namespace hir
