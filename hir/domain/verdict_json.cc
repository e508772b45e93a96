#include "hir/domain/verdict_json.h"

namespace hir {

nlohmann::ordered_json VerdictList(absl::Span<const Verdict> verdicts) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Verdict verdict : verdicts) {
    if (verdict == Verdict::kUndecidable) {
      list.push_back(VerdictName(verdict));
    } else {
      list.push_back(verdict == Verdict::kPass);
    }
  }
  return list;
}

std::vector<Verdict> ReadVerdictList(const nlohmann::json& list) {
  std::vector<Verdict> verdicts;
  if (!list.is_array()) return verdicts;
  for (const nlohmann::json& item : list) {
    verdicts.push_back(item.is_boolean() ? PassIf(item.get<bool>()).verdict
                                         : Verdict::kUndecidable);
  }
  return verdicts;
}

}  // namespace hir
