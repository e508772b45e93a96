// Verdicts as lists of an evaluation and of `hir verify` have them: true, false or "undecidable".
#ifndef HIR_DOMAIN_VERDICT_JSON_H_
#define HIR_DOMAIN_VERDICT_JSON_H_

#include <vector>

#include "absl/types/span.h"
#include "hir/domain/verdict.h"
#include "nlohmann/json.hpp"

namespace hir {

nlohmann::ordered_json VerdictList(absl::Span<const Verdict> verdicts);
// What is neither true nor false is undecidable; what is no list has no verdicts.
std::vector<Verdict> ReadVerdictList(const nlohmann::json& list);

}  // namespace hir

#endif  // HIR_DOMAIN_VERDICT_JSON_H_
