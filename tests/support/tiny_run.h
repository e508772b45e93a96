// A run small enough for a test and real in every part: a tiny model, a few instructions with easy
// constraints, `hir train` with its own redis-server and services.
#ifndef HIR_TESTS_SUPPORT_TINY_RUN_H_
#define HIR_TESTS_SUPPORT_TINY_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/support/processes.h"

namespace hir {

// What the instructions of a tiny run ask for.
enum class TinyConstraints {
  // A letter that one response in eight of the fresh model holds: all or nothing, so nothing can
  // be replayed.
  kLetter,
  // That letter, and no commas, which nearly every response keeps: most failures can be replayed
  // without the letter.
  kLetterAndNoComma,
};

// Lives in a folder of its own, removed at the end. Not thread-safe.
class TinyRun {
 public:
  // `name` sets the folder apart from other tests'. Prepares model, data and configuration.
  explicit TinyRun(const std::string& name, TinyConstraints constraints = TinyConstraints::kLetter);
  ~TinyRun();

  // Starts `hir` with these arguments.
  std::unique_ptr<TestProcess> StartHir(const std::vector<std::string>& arguments);
  // Starts `hir train` on the configuration; each setting is "a.b=c". Call again to resume.
  std::unique_ptr<TestProcess> StartTraining(const std::vector<std::string>& settings,
                                             int learners = 1);

  // Lines of metrics.jsonl so far; whole lines only.
  std::vector<nlohmann::json> Metrics() const;
  // Lines of eval.jsonl so far.
  std::vector<nlohmann::json> Evaluations() const;
  // Records of rollouts/, of all steps.
  std::vector<nlohmann::json> Rollouts() const;
  // HOST:PORT of the service in the ring that runs, e.g. of "replay". REQUIRES: it was started.
  std::string Address(const std::string& service) const;
  // What the service wrote to its log so far, e.g. of "hir-learner".
  std::string Log(const std::string& service) const;
  // Where everything of it lies.
  const std::string& root() const { return root_; }
  // The run's folder, with metrics.jsonl, checkpoints/ and logs/.
  std::string folder() const { return root_ + "/runs/tiny"; }
  std::string model_folder() const { return root_ + "/model"; }
  std::string config_path() const { return root_ + "/tiny.yaml"; }
  // Instructions that are not trained on, kHeldOut of them.
  std::string held_out_path() const { return root_ + "/held_out.jsonl"; }
  static constexpr int kHeldOut = 8;

 private:
  std::string root_;
  int started_ = 0;  // Programs, each with a log of its own.
};

// The objects of JSON lines; whole lines only.
std::vector<nlohmann::json> ParseJsonLines(const std::string& text);
// Those of a file; none when there is no such file.
std::vector<nlohmann::json> ReadJsonLines(const std::string& path);

// Mean of `key` over metrics [begin, end).
double MeanMetric(const std::vector<nlohmann::json>& metrics, const std::string& key, size_t begin,
                  size_t end);

}  // namespace hir

#endif  // HIR_TESTS_SUPPORT_TINY_RUN_H_
