// Reads the ground truth of published records, which has several shapes.
#ifndef HIR_DATA_GROUND_TRUTH_H_
#define HIR_DATA_GROUND_TRUTH_H_

#include <vector>

#include "absl/status/statusor.h"
#include "hir/data/record.h"
#include "nlohmann/json.hpp"

namespace hir {

// Constraints without texts, of an object with
//
//   instruction_id_list or instruction_id, kwargs   IFEval's ids; kwargs may hold null
//   func_name                                       open-instruct's functions (rlvr_functions.h)
//   constraints                                     MulDimIF's triples, whose third is the argument
//   checker, functions                              VerIF's: python:check_following with the source
//                                                   where checker[i] begins with [rule];
//                                                   judge:criterion with what follows [llm] there
//
// or of a list of such objects, or of a text that has one of them as JSON or as a Python literal.
// Code is only stored here; the verifier runs it in a sandbox. INVALID_ARGUMENT names the field.
absl::StatusOr<std::vector<Constraint>> ParseGroundTruth(const nlohmann::json& truth);

// Constraints of `instruction_id_list` and `kwargs` in `object`. INVALID_ARGUMENT names the field.
absl::StatusOr<std::vector<Constraint>> ParseIdsAndArguments(const nlohmann::json& object);

// Constraints of MulDimIF's triples in `constraints` of `object`. INVALID_ARGUMENT names the field.
absl::StatusOr<std::vector<Constraint>> ParseTriples(const nlohmann::json& object);

}  // namespace hir

#endif  // HIR_DATA_GROUND_TRUTH_H_
