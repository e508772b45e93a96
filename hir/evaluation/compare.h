// Compares two evaluations of one run on the same prompts.
#ifndef HIR_EVALUATION_COMPARE_H_
#define HIR_EVALUATION_COMPARE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "hir/run/comparison.h"
#include "hir/run/run_folder.h"

namespace hir {

// Compares the share of prompts whose constraints are all met, and the share of constraints met.
// FAILED_PRECONDITION: the evaluations of the two steps are not of the same prompts. Errors of
// RunFolder::ReadVerdicts().
absl::StatusOr<Comparison> CompareEvaluations(const RunFolder& folder, int64_t before,
                                              int64_t after);

// Sentences about it for people.
std::string Describe(const Comparison& comparison);

}  // namespace hir

#endif  // HIR_EVALUATION_COMPARE_H_
