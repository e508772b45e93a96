// Parses Abseil's flags with the project's own errors: one sentence, exit code 2.
#ifndef HIR_PROCESS_FLAGS_H_
#define HIR_PROCESS_FLAGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace hir {

// Sets the flags named in `args` (--name=value, --name value, --name and --noname for booleans; a
// dash in a name counts as an underscore) and returns the arguments that are not flags, in order;
// after "--" nothing is a flag. INVALID_ARGUMENT: an unknown flag (with the nearest known name), a
// missing or bad value.
absl::StatusOr<std::vector<std::string>> ParseFlags(absl::Span<const std::string> args);

// One line per flag of the program, sorted by name: " --listen VALUE help (default ...)".
std::string FlagsHelp();

}  // namespace hir

#endif  // HIR_PROCESS_FLAGS_H_
