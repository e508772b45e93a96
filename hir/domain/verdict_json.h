// Verdicts in the JSON of evaluations and of `hir verify`: lists of true, false or "undecidable".
#ifndef HIR_DOMAIN_VERDICT_JSON_H_
#define HIR_DOMAIN_VERDICT_JSON_H_

#include <vector>

#include "absl/types/span.h"
#include "hir/domain/verdict.h"
#include "nlohmann/json.hpp"

namespace hir {

// The verdicts as a JSON list, in order.
nlohmann::ordered_json VerdictList(absl::Span<const Verdict> verdicts);
// The inverse of VerdictList(). Elements other than true and false are undecidable; a value that is
// not a list has no verdicts.
std::vector<Verdict> ReadVerdictList(const nlohmann::json& list);

}  // namespace hir

#endif  // HIR_DOMAIN_VERDICT_JSON_H_
