// Decides the constraints of responses in a file.
#ifndef HIR_EVALUATION_VERIFY_FILE_H_
#define HIR_EVALUATION_VERIFY_FILE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/checkers/core/registry.h"
#include "nlohmann/json.hpp"

namespace hir {

// A response and its constraints.
struct VerifyTask {
  nlohmann::json key;  // The input's own key, if any; else null.
  std::string response;
  std::string reasoning_end;  // Checkers see the text after the last one; empty = all text.
  std::vector<std::string> kinds;
  std::vector<std::string> refusals;  // Per kind: why its checker refuses the arguments, or empty.
  std::vector<std::unique_ptr<Checker>> checkers;  // One for each kind without a refusal, in order.
};

// Reads the field `response`, optional `key` or `id`, and the constraints: `instruction_id_list`
// and `kwargs` (objects; null members count as absent), other fields being ignored, or those of a
// record in another form that hir/data reads. Arguments that a checker refuses, where the official
// code raises, make its verdict undecidable. INVALID_ARGUMENT names the field, or an unknown
// checker and the nearest known one.
absl::StatusOr<VerifyTask> ParseVerifyTask(const nlohmann::json& object,
                                           const CheckerRegistry& registry);

// The task of every record of a file. INVALID_ARGUMENT "FILE:LINE: what is wrong"; errors of
// VisitValues().
absl::StatusOr<std::vector<VerifyTask>> ReadVerifyTasks(const std::string& path,
                                                        const CheckerRegistry& registry);

// Returns the output's line: key, instruction_id_list, strict, loose (true, false or "undecidable"
// for each constraint), `reasons` when something is undecidable, and `reasoning_ended` (true or
// false) when the task has a reasoning_end.
nlohmann::ordered_json VerdictRecord(const VerifyTask& task);

// Verdicts of all tasks as JSON lines, in order, made by `threads` threads.
std::string VerdictLines(const std::vector<VerifyTask>& tasks, int threads);

}  // namespace hir

#endif  // HIR_EVALUATION_VERIFY_FILE_H_
