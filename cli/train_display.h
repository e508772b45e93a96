// What `hir train` shows of a run: lines on the terminal, and the held-out scores as metrics.
#ifndef HIR_CLI_TRAIN_DISPLAY_H_
#define HIR_CLI_TRAIN_DISPLAY_H_

#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "cli/display.h"
#include "hir/driver/run_observer.h"
#include "hir/metrics/service_metrics.h"
#include "hir/process/metrics_server.h"
#include "prometheus/registry.h"

namespace hir {

class TrainDisplay : public RunObserver {
 public:
  // `out` must outlive this; `terminal` says whether it is one. The run has `total_steps`.
  TrainDisplay(std::ostream& out, bool terminal, int total_steps);

  // Serves the scores on HOST:PORT until this is destroyed; on nothing if `listen` is empty. Errors
  // of MetricsServer::Start().
  absl::Status ServeMetrics(const std::string& listen);

  void OnRingStarts(const std::string& log_dir) override;
  void OnResumed(int64_t step) override;
  void OnFollowing() override;
  void OnStep(const learner::v1::StepReport& report, absl::Duration left) override;
  void OnProgress(const replay::v1::GetProgressResponse& progress) override;
  void OnEvaluating(int64_t step, size_t done, size_t total) override;
  void OnEvaluated(int64_t step, const EvalSummary& summary, absl::Duration took) override;
  void OnWarning(const std::string& sentence) override;

 private:
  void Say(const std::string& line);

  std::ostream& out_;
  const int total_steps_;
  LiveLine live_;
  const std::shared_ptr<prometheus::Registry> registry_;
  HeldOutMetrics scores_;
  std::unique_ptr<MetricsServer> server_;
};

}  // namespace hir

#endif  // HIR_CLI_TRAIN_DISPLAY_H_
