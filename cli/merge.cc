// `hir merge`: a model folder out of trained adapters.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "hir/base/status_macros.h"
#include "hir/process/stop_signal.h"
#include "hir/supervisor/child_process.h"
#include "hir/supervisor/local_ring.h"

namespace hir {
namespace {

constexpr char kProgram[] = "hir-learner";
constexpr int kBadInput = 2;  // Its exit code where another try fails in the same way.

// Runs the program, which has Torch, to its end.
absl::Status RunLearnerProgram(std::vector<std::string> flags, const StopSignal& signal) {
  char folder[] = "/tmp/hir-merge-XXXXXX";
  if (mkdtemp(folder) == nullptr) return absl::UnavailableError("can't make a folder in /tmp.");
  const absl::Cleanup remove = [&folder] {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  };
  const std::string log = absl::StrCat(folder, "/learner.log");
  flags.insert(flags.begin(), absl::StrCat(ProgramFolder(), "/", kProgram));
  HIR_ASSIGN_OR_RETURN(
      const std::unique_ptr<ChildProcess> program,
      ChildProcess::Start(
          {.name = kProgram, .argv = std::move(flags), .environment = {}, .log_path = log}));
  while (!program->WaitFor(absl::Milliseconds(200))) {
    if (signal.stopped()) return absl::CancelledError("interrupted; nothing was written.");
  }
  const int code = program->ExitCode().value_or(1);
  if (code == 0) return absl::OkStatus();
  const std::string words = LastWords(log, kProgram);
  return code == kBadInput ? absl::InvalidArgumentError(words) : absl::UnavailableError(words);
}

}  // namespace

absl::Status RunMergeCommand(absl::Span<const std::string> args) {
  std::string output;
  std::string model;
  std::string dtype = "bf16";
  Options options(
      "hir merge ADAPTERS --output DIR",
      "Writes a model folder: the base model with low-rank adapters merged into it, for\n"
      "`hir eval`, `hir generate`, Transformers and vLLM. ADAPTERS is a checkpoint of a run with\n"
      "lora.rank, for example runs/lora/checkpoints/global_step_16, or a folder that PEFT wrote.");
  options.Text("output", &output, "folder to write; must not exist").Required("output");
  options.Text("model", &model, "base model; default: the one that ADAPTERS names");
  options.Text("dtype", &dtype, "bf16 or f32: model.dtype of the run; default bf16");
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> rest, options.Parse(args));
  if (rest.size() != 1) {
    return absl::InvalidArgumentError("`hir merge` takes one argument, the folder of adapters.");
  }
  StopSignal signal;
  HIR_RETURN_IF_ERROR(RunLearnerProgram(
      {absl::StrCat("--merge=", rest[0]), absl::StrCat("--merge_base=", model),
       absl::StrCat("--merge_output=", output), absl::StrCat("--merge_dtype=", dtype)},
      signal));
  std::cout << "wrote " << output << "\n";
  return absl::OkStatus();
}

}  // namespace hir
