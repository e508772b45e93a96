// Composes instructions from bare tasks and checkable constraints.
#ifndef HIR_DATA_GENERATOR_H_
#define HIR_DATA_GENERATOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/data/record.h"

namespace hir {

struct GeneratorOptions {
  int count = 1000;         // Training instructions; >= 1.
  int held_out = 100;       // Held-out instructions; >= 0.
  uint64_t seed = 1;        // Equal options, tasks and build give equal bytes.
  int min_constraints = 2;  // >= 1.
  int max_constraints = 6;  // In [min_constraints, 8].
  bool easy = false;        // Kinds and bounds that a model of 135 M parameters meets now and then.
};

struct GeneratedData {
  std::vector<InstructionRecord> train;
  std::vector<InstructionRecord> held_out;  // Shares no task with `train`.
};

// Reads bare tasks: one a line; blank lines and lines that begin with "#" are skipped.
// INVALID_ARGUMENT: a task appears twice, or there is none. Errors of ReadFile().
absl::StatusOr<std::vector<std::string>> ReadTasks(const std::string& path);

// Composes both splits. Tasks are divided between them in proportion to their sizes; no two
// instructions are equal, and no instruction has constraints that FindConflict() objects to.
// INVALID_ARGUMENT: an option outside its range, or fewer than 2 tasks for two splits.
// RESOURCE_EXHAUSTED: there are too few tasks for so many different instructions.
absl::StatusOr<GeneratedData> GenerateInstructions(const std::vector<std::string>& tasks,
                                                   const GeneratorOptions& options);

}  // namespace hir

#endif  // HIR_DATA_GENERATOR_H_
