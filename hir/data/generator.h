// Composes instructions from bare tasks and checkable constraints.
#ifndef HIR_DATA_GENERATOR_H_
#define HIR_DATA_GENERATOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/data/record.h"

namespace hir {

// What to generate.
struct GeneratorOptions {
  int count = 1000;         // Training instructions; >= 1.
  int held_out = 100;       // Held-out instructions; >= 0.
  uint64_t seed = 1;        // Equal options, tasks and build give equal bytes.
  int min_constraints = 2;  // >= 1.
  int max_constraints = 6;  // In [min_constraints, 8].
  bool easy = false;  // Use kinds and bounds that a model of 135 M parameters sometimes meets.
  // Let about half of the constraints that ask for a single word be followed by one that refers to
  // it ("Use that word at least 3 times.") and depends on it.
  bool dependent = false;
};

// The two splits.
struct GeneratedData {
  std::vector<InstructionRecord> train;
  std::vector<InstructionRecord> held_out;  // Shares no task with `train`.
};

// Reads bare tasks, one per line; blank lines and lines that begin with "#" are skipped.
// INVALID_ARGUMENT: a task appears twice, or there is none. Errors of ReadFile().
absl::StatusOr<std::vector<std::string>> ReadTasks(const std::string& path);

// Composes both splits. Divides the tasks between them in proportion to their sizes. No two
// instructions are equal, and FindConflict() finds no conflict in any.
// INVALID_ARGUMENT: an option outside its range, or fewer than 2 tasks for two splits.
// RESOURCE_EXHAUSTED: too few tasks for that many different instructions.
absl::StatusOr<GeneratedData> GenerateInstructions(const std::vector<std::string>& tasks,
                                                   const GeneratorOptions& options);

}  // namespace hir

#endif  // HIR_DATA_GENERATOR_H_
