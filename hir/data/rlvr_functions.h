// RLVR-IFeval names its checks by functions of open-instruct (open_instruct/if_functions.py); this
// makes HiR's constraints of them.
#ifndef HIR_DATA_RLVR_FUNCTIONS_H_
#define HIR_DATA_RLVR_FUNCTIONS_H_

#include "absl/status/statusor.h"
#include "hir/data/record.h"
#include "nlohmann/json.hpp"

namespace hir {

// `truth` has func_name and the arguments of all functions, null where they belong to another
// function. INVALID_ARGUMENT: the function is not one of the 25, or lacks an argument.
absl::StatusOr<Constraint> ParseFunctionCall(const nlohmann::json& truth);

}  // namespace hir

#endif  // HIR_DATA_RLVR_FUNCTIONS_H_
