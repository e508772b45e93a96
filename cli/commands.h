// The subcommands of `hir`. Each takes the arguments after its name.
//
// HelpStatus() means that the arguments ask for help (exit code 0).
// INVALID_ARGUMENT means wrong usage or bad input, NOT_FOUND that what the arguments name (a model
// folder, a file of data, a run) is not there: exit code 2 for both. CANCELLED means an interrupt
// (130), any other error a failure (1).
#ifndef HIR_CLI_COMMANDS_H_
#define HIR_CLI_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace hir {

// Trains a model: local ring, or --connect to running services.
absl::Status RunTrainCommand(absl::Span<const std::string> args);
// Evaluates a model on prompts with constraints.
absl::Status RunEvalCommand(absl::Span<const std::string> args);
// Decides constraints of given responses.
absl::Status RunVerifyCommand(absl::Span<const std::string> args);
// Streams one answer of a model.
absl::Status RunGenerateCommand(absl::Span<const std::string> args);
// Makes a model folder of trained adapters.
absl::Status RunMergeCommand(absl::Span<const std::string> args);
// Shows which failed responses of a step are replayed.
absl::Status RunHindsightCommand(absl::Span<const std::string> args);
// Generates and checks files of instructions.
absl::Status RunDataCommand(absl::Span<const std::string> args);
// Looks at the machine, or at a ring that runs.
absl::Status RunDoctorCommand(absl::Span<const std::string> args);
// What a run asks of machines.
absl::Status RunPlanCommand(absl::Span<const std::string> args);
// Deletes the ledger of a run.
absl::Status RunDeleteCommand(absl::Span<const std::string> args);
// Where a run stands.
absl::Status RunStatusCommand(absl::Span<const std::string> args);
// Writes report.html into the folder of a run.
absl::Status RunReportCommand(absl::Span<const std::string> args);
// A page of a run.
absl::Status RunDashboardCommand(absl::Span<const std::string> args);

// Runs the command line without the program's name; returns the exit code.
int RunCommandLine(absl::Span<const std::string> args);

}  // namespace hir

#endif  // HIR_CLI_COMMANDS_H_
