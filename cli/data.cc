#include "cli/data.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "hir/base/status_macros.h"
#include "hir/checkers/all_checkers.h"
#include "hir/checkers/core/registry.h"
#include "hir/data/check.h"
#include "hir/data/reader.h"

namespace hir {
namespace {

constexpr char kHelp[] =
    "usage: hir data generate --tasks FILE --output-train FILE --output-held-out FILE [options]\n"
    "       hir data check FILE\n"
    "\n"
    "generate composes bare tasks with checkable constraints; check reads a file of instructions\n"
    "(JSON Lines, a JSON array or Parquet; ours, IFEval's, IF-RLVR's, HIR-16K's, verl's or\n"
    "MulDimIF's records), says what is wrong with it, and which records can be replayed.\n"
    "`hir data generate --help` lists the options.\n";

constexpr size_t kMostProblemsShown = 20;

absl::Status ValidateWithCheckers(const Constraint& constraint) {
  return AllCheckers().Create(constraint.kind, constraint.arguments).status();
}

Options GenerateOptions(DataGenerateOptions& options) {
  GeneratorOptions& generator = options.generator;
  Options parser("hir data generate --tasks FILE --output-train FILE",
                 "Composes bare tasks with checkable constraints into training instructions.");
  parser.Text("tasks", &options.tasks, "bare tasks, one per line")
      .Text("output-train", &options.output_train, "where to write training instructions")
      .Text("output-held-out", &options.output_held_out,
            "where to write held-out instructions, of other tasks")
      .Integer("count", &generator.count, "training instructions")
      .Integer("held-out", &generator.held_out, "held-out instructions; 0 for none")
      .Seed("seed", &generator.seed, "equal seeds give equal files")
      .Integer("min-constraints", &generator.min_constraints, "fewest constraints")
      .Integer("max-constraints", &generator.max_constraints, "most constraints, up to 8")
      .Flag("easy", &generator.easy, "kinds and bounds that a very small model meets at times")
      .Flag("dependent", &generator.dependent,
            "let some constraints refer to the one before them (\"Use that word ...\")")
      .Required("tasks")
      .Required("output-train");
  return parser;
}

absl::Status RunGenerate(absl::Span<const std::string> args) {
  DataGenerateOptions options;
  const Options parser = GenerateOptions(options);
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> rest, parser.Parse(args));
  if (!rest.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("hir data generate does not take the argument \"", rest[0], "\""));
  }
  return DataGenerate(options, std::cout);
}

absl::Status RunCheck(absl::Span<const std::string> args) {
  const Options parser("hir data check FILE",
                       "Says what is wrong with a file of instructions, and which of its records "
                       "can be replayed.");
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> files, parser.Parse(args));
  if (files.size() != 1) {
    return absl::InvalidArgumentError("hir data check takes one file: hir data check FILE");
  }
  return DataCheck(files[0], std::cout, std::cerr);
}

// Whether two paths, of files that need not exist, name one.
bool SameFile(const std::string& a, const std::string& b) {
  namespace fs = std::filesystem;
  return fs::weakly_canonical(fs::absolute(a)) == fs::weakly_canonical(fs::absolute(b));
}

}  // namespace

absl::Status DataGenerate(const DataGenerateOptions& options, std::ostream& out) {
  if (options.generator.held_out > 0 && options.output_held_out.empty()) {
    return absl::InvalidArgumentError(
        "--output-held-out is missing; give it, or --held-out 0 for no held-out instructions");
  }
  if (options.generator.held_out > 0 && SameFile(options.output_train, options.output_held_out)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--output-train and --output-held-out are the same file, ", options.output_train));
  }
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> tasks, ReadTasks(options.tasks));
  HIR_ASSIGN_OR_RETURN(const GeneratedData data, GenerateInstructions(tasks, options.generator));
  HIR_RETURN_IF_ERROR(WriteInstructions(options.output_train, data.train));
  out << "wrote " << data.train.size() << " training instructions to " << options.output_train
      << "\n";
  if (options.generator.held_out == 0) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(WriteInstructions(options.output_held_out, data.held_out));
  out << "wrote " << data.held_out.size() << " held-out instructions, of other tasks, to "
      << options.output_held_out << "\n";
  return absl::OkStatus();
}

absl::Status DataCheck(const std::string& path, std::ostream& out, std::ostream& problems) {
  HIR_ASSIGN_OR_RETURN(const DataReport report, CheckInstructions(path, ValidateWithCheckers));
  const size_t count = report.problems.size();
  for (size_t i = 0; i < std::min(count, kMostProblemsShown); ++i) {
    const DataProblem& problem = report.problems[i];
    problems << At(path, problem.place) << ": " << problem.text << "\n";
  }
  if (count > kMostProblemsShown) {
    problems << "... and " << count - kMostProblemsShown << " more\n";
  }
  out << SummaryOf(report);
  if (count > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has ", count, count == 1 ? " problem" : " problems"));
  }
  out << "no problems found\n";
  return absl::OkStatus();
}

absl::Status RunDataCommand(absl::Span<const std::string> args) {
  if (!args.empty() && args[0] == "generate") return RunGenerate(args.subspan(1));
  if (!args.empty() && args[0] == "check") return RunCheck(args.subspan(1));
  if (!args.empty() && (args[0] == "--help" || args[0] == "-h")) {
    return HelpStatus(kHelp);
  }
  return absl::InvalidArgumentError(
      args.empty()
          ? std::string("hir data needs one of: generate, check")
          : absl::StrCat("hir data does not know \"", args[0], "\"; it has generate and check"));
}

}  // namespace hir
