// A run small enough for a test and real in every part: a tiny model, a few instructions with one
// easy constraint, `hir train` with its own redis-server and services.
#ifndef HIR_TESTS_SUPPORT_TINY_RUN_H_
#define HIR_TESTS_SUPPORT_TINY_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/support/processes.h"

namespace hir {

// Lives in a folder of its own, removed at the end. Not thread-safe.
class TinyRun {
 public:
  // `name` sets the folder apart from other tests'. Prepares model, data and configuration.
  explicit TinyRun(const std::string& name);
  ~TinyRun();

  // Starts `hir train` on it; each setting is "a.b=c". Call again to resume.
  std::unique_ptr<ChildProcess> StartTraining(const std::vector<std::string>& settings,
                                              int learners = 1);

  // Lines of metrics.jsonl so far; whole lines only.
  std::vector<nlohmann::json> Metrics() const;
  // Records of rollouts/, of all steps.
  std::vector<nlohmann::json> Rollouts() const;
  // What `hir` printed.
  std::string Output() const;
  // The run's folder, with metrics.jsonl, checkpoints/ and logs/.
  std::string folder() const { return root_ + "/runs/tiny"; }
  std::string model_folder() const { return root_ + "/model"; }
  std::string config_path() const { return root_ + "/tiny.yaml"; }

 private:
  std::string root_;
};

// Mean of `key` over metrics [begin, end).
double MeanMetric(const std::vector<nlohmann::json>& metrics, const std::string& key, size_t begin,
                  size_t end);

}  // namespace hir

#endif  // HIR_TESTS_SUPPORT_TINY_RUN_H_
