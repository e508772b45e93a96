// The results of an evaluation in the shape of the file that lm-evaluation-harness writes.
#ifndef HIR_EVALUATION_RESULTS_JSON_H_
#define HIR_EVALUATION_RESULTS_JSON_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hir/evaluation/answers.h"
#include "hir/evaluation/samples.h"
#include "hir/run/evaluation_record.h"
#include "nlohmann/json.hpp"

namespace hir {

// What was evaluated, and what came of it.
struct SuiteResults {
  std::string suite;
  std::string file;
  std::string model;    // Folder, or addresses.
  std::string version;  // Of HiR.
  size_t records = 0;   // In the file; summary.prompts of them were used.
  int samples = 1;      // Answers to each prompt.
  double started = 0;   // Seconds since 1970.
  double seconds = 0;   // It took.
  EvalSettings settings;
  EvalSummary summary;
  std::vector<std::pair<std::string, Interval>> sample_scores;
  std::map<std::string, KindScore> kinds;
};

// The keys results, group_subtasks, configs, versions, n-shot, higher_is_better, n-samples, config,
// date, model_name, total_evaluation_time_seconds, and of our own: kinds. Names of metrics are
// those of lm-eval's task ifeval, with the filter "none"; a standard error is a quarter of the
// width of the 95 % interval, nearly.
nlohmann::ordered_json ResultsJson(const SuiteResults& results);

}  // namespace hir

#endif  // HIR_EVALUATION_RESULTS_JSON_H_
