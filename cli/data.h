// `hir data generate` and `hir data check`.
#ifndef HIR_CLI_DATA_H_
#define HIR_CLI_DATA_H_

#include <iosfwd>
#include <string>

#include "absl/status/status.h"
#include "hir/data/generator.h"

namespace hir {

struct DataGenerateOptions {
  std::string tasks;            // File of bare tasks.
  std::string output_train;     // JSONL to write.
  std::string output_held_out;  // JSONL to write; required when held-out instructions are wanted.
  GeneratorOptions generator;
};

// Composes both files and tells `out` what went into them. INVALID_ARGUMENT: an option outside its
// range, or a tasks file that can't be used; NOT_FOUND, UNAVAILABLE: a file.
absl::Status DataGenerate(const DataGenerateOptions& options, std::ostream& out);

// Checks a file of instructions with the checkers of this build, prints a summary to `out` and at
// most 20 problems to `problems`, one per line as FILE:LINE: text. INVALID_ARGUMENT when there is a
// problem; NOT_FOUND, UNAVAILABLE: the file can't be read.
absl::Status DataCheck(const std::string& path, std::ostream& out, std::ostream& problems);

}  // namespace hir

#endif  // HIR_CLI_DATA_H_
