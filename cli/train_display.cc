#include "cli/train_display.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/base/status_macros.h"
#include "hir/metrics/build_info.h"

namespace hir {

TrainDisplay::TrainDisplay(std::ostream& out, bool terminal, int total_steps)
    : out_(out),
      total_steps_(total_steps),
      live_(out, terminal),
      registry_(std::make_shared<prometheus::Registry>()),
      scores_(*registry_) {}

absl::Status TrainDisplay::ServeMetrics(const std::string& listen) {
  if (listen.empty()) return absl::OkStatus();
  AddBuildInfo(*registry_);
  HIR_ASSIGN_OR_RETURN(server_, MetricsServer::Start(listen, registry_));
  return absl::OkStatus();
}

void TrainDisplay::Say(const std::string& line) {
  live_.Clear();
  out_ << line << std::endl;
}

void TrainDisplay::OnRingStarts(const std::string& log_dir) {
  Say(absl::StrCat("starting the ring; logs in ", log_dir));
}

void TrainDisplay::OnResumed(int64_t step) { Say(absl::StrCat("resuming after step ", step)); }

void TrainDisplay::OnFollowing() { Say(StepHeader()); }

void TrainDisplay::OnStep(const learner::v1::StepReport& report, absl::Duration left) {
  Say(StepLine(report, total_steps_, left));
}

void TrainDisplay::OnProgress(const replay::v1::GetProgressResponse& progress) {
  live_.Show(ProgressLine(progress));
}

void TrainDisplay::OnEvaluating(int64_t step, size_t done, size_t total) {
  live_.Show(absl::StrCat("evaluating after step ", step, ": ", done, "/", total));
}

void TrainDisplay::OnEvaluated(int64_t step, const EvalSummary& summary, absl::Duration took) {
  if (summary.suite.empty()) {
    scores_.SetStep(step);
    scores_.Set("prompt", "strict", summary.prompt_strict.value);
    scores_.Set("prompt", "loose", summary.prompt_loose.value);
    scores_.Set("instruction", "strict", summary.instruction_strict.value);
    scores_.Set("instruction", "loose", summary.instruction_loose.value);
  }
  Say(
      absl::StrFormat("evaluation%s after step %d: prompts met strictly %.1f %% [%.1f, %.1f], "
                      "constraints %.1f %%, %d of %d answers cut at the limit, %s",
                      summary.suite.empty() ? "" : " by " + summary.suite, step,
                      100 * summary.prompt_strict.value, 100 * summary.prompt_strict.low,
                      100 * summary.prompt_strict.high, 100 * summary.instruction_strict.value,
                      summary.truncated, summary.prompts, ShortDuration(took)));
}

void TrainDisplay::OnWarning(const std::string& sentence) {
  Say(absl::StrCat("warning: ", sentence, "."));
}

}  // namespace hir
