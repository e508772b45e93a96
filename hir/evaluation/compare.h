// Compares two evaluations on the same prompts: of one run, or of two models.
#ifndef HIR_EVALUATION_COMPARE_H_
#define HIR_EVALUATION_COMPARE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/data/record.h"
#include "hir/domain/verdict.h"
#include "hir/run/comparison.h"
#include "hir/run/evaluation_record.h"
#include "hir/run/run_folder.h"

namespace hir {

// Compares the share of prompts whose constraints are all met, and the share of constraints met.
// FAILED_PRECONDITION: the evaluations of the two steps are not of the same prompts. Errors of
// RunFolder::ReadVerdicts().
absl::StatusOr<Comparison> CompareEvaluations(const RunFolder& folder, int64_t before,
                                              int64_t after);

// The strict verdicts of the answers to each prompt.
using AnswerVerdicts = std::vector<std::vector<std::vector<Verdict>>>;

// The answers of another model to these records, from the file of its OutcomeLines().
// FAILED_PRECONDITION: they are answers to other prompts. Errors of ReadRecordLines().
absl::StatusOr<AnswerVerdicts> ReadBaseline(const std::string& path,
                                            const std::vector<InstructionRecord>& records);

// Compares as CompareEvaluations() does, each prompt by the mean over its answers; the steps of the
// result are 0. `outcomes` are of Repeated() records (samples.h), those of the baseline. REQUIRES:
// there are prompts.
Comparison CompareAnswers(const AnswerVerdicts& baseline, const std::vector<EvalOutcome>& outcomes);

// Sentences about it for people; the words say which evaluation is which.
std::string Describe(const Comparison& comparison, const std::string& first = "before",
                     const std::string& second = "after");

}  // namespace hir

#endif  // HIR_EVALUATION_COMPARE_H_
