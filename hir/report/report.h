// A run told on one page: what was trained, whether it helped, the curves, some replayed failures.
//
// Pure: records in, HTML out. cli/report.cc reads them from a run's folder.
#ifndef HIR_REPORT_REPORT_H_
#define HIR_REPORT_REPORT_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace hir {

// What a run's folder holds; docs/metrics.md names the fields.
struct RunRecord {
  std::string name;
  std::string config_yaml;
  std::vector<nlohmann::json> metrics;   // Lines of metrics.jsonl, by rising step.
  std::vector<nlohmann::json> evals;     // Lines of eval.jsonl, by rising step; may be empty.
  nlohmann::json comparison;             // comparison.json: before against after; null if none.
  std::vector<nlohmann::json> replayed;  // Some rollout records that were replayed.
};

// The whole page: self-contained, no script, no download. Fields that a record lacks leave their
// chart saying so; nothing throws.
std::string RenderReport(const RunRecord& run);

}  // namespace hir

#endif  // HIR_REPORT_REPORT_H_
