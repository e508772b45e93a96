// A run that is small enough for a test and real in every part: a tiny model, a few instructions
// with easy constraints, `hir train` with its own redis-server and services.
#ifndef HIR_TESTS_SUPPORT_TINY_RUN_H_
#define HIR_TESTS_SUPPORT_TINY_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/support/processes.h"

namespace hir {

// The constraints of a tiny run's instructions.
enum class TinyConstraints {
  // A letter that one in eight responses of the untrained model contains. With a single constraint
  // nothing can be replayed.
  kLetter,
  // That letter, and no commas, which nearly every response meets: most failures can be replayed
  // without the letter.
  kLetterAndNoComma,
};

// Lives in its own folder, which the destructor removes. Not thread-safe.
class TinyRun {
 public:
  // `name` makes the folder's name unique among tests. Prepares model, data and configuration.
  explicit TinyRun(const std::string& name, TinyConstraints constraints = TinyConstraints::kLetter);
  ~TinyRun();

  // Starts `hir` with these arguments.
  std::unique_ptr<TestProcess> StartHir(const std::vector<std::string>& arguments);
  // Starts `hir train` on the configuration; each setting is "a.b=c", each option "--name=value".
  // Call again to resume.
  std::unique_ptr<TestProcess> StartTraining(const std::vector<std::string>& settings,
                                             const std::vector<std::string>& options = {});
  // Has the package tensorboard read the run's event files; ends with 0 if it shows what
  // metrics.jsonl and eval.jsonl hold, and with 77 where it is not installed.
  std::unique_ptr<TestProcess> StartTensorBoardReader();

  // Whole lines of metrics.jsonl so far.
  std::vector<nlohmann::json> Metrics() const;
  // Lines of eval.jsonl so far.
  std::vector<nlohmann::json> Evaluations() const;
  // Records of rollouts/, of all steps.
  std::vector<nlohmann::json> Rollouts() const;
  // HOST:PORT of a service in the running ring, e.g. of "replay". REQUIRES: it was started.
  std::string Address(const std::string& service) const;
  // Where that service serves its metrics: a port of this machine.
  int MetricsPort(const std::string& service) const;
  // The log of a service so far, e.g. of "hir-learner".
  std::string Log(const std::string& service) const;
  // The folder of everything.
  const std::string& root() const { return root_; }
  // The run's folder, with metrics.jsonl, checkpoints/ and logs/.
  std::string folder() const { return root_ + "/runs/tiny"; }
  std::string model_folder() const { return root_ + "/model"; }
  std::string config_path() const { return root_ + "/tiny.yaml"; }
  // kHeldOut instructions that are not trained on.
  std::string held_out_path() const { return root_ + "/held_out.jsonl"; }
  static constexpr int kHeldOut = 8;

 private:
  std::unique_ptr<TestProcess> Start(const std::vector<std::string>& argv);

  std::string root_;
  int started_ = 0;  // Programs started, each with its own log.
};

// The objects of whole JSON lines.
std::vector<nlohmann::json> ParseJsonLines(const std::string& text);
// The same for a file; none if it does not exist.
std::vector<nlohmann::json> ReadJsonLines(const std::string& path);

// Mean of `key` over metrics [begin, end).
double MeanMetric(const std::vector<nlohmann::json>& metrics, const std::string& key, size_t begin,
                  size_t end);

}  // namespace hir

#endif  // HIR_TESTS_SUPPORT_TINY_RUN_H_
