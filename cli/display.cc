#include "cli/display.h"

#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hir/metrics/step_metrics.h"

namespace hir {
namespace {

std::string Number(std::optional<double> value, int decimals) {
  return value.has_value() ? absl::StrFormat("%.*f", decimals, *value) : "-";
}

std::string Percent(std::optional<double> share) {
  return share.has_value() ? absl::StrFormat("%.1f %%", 100 * *share) : "-";
}

}  // namespace

std::string ShortDuration(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds < 3600) return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
  return absl::StrFormat("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string StepHeader() {
  return absl::StrFormat("%9s %9s %8s %9s %9s %8s %9s %8s %8s", "step", "density", "CLA",
                         "eligible", "replayed", "lambda", "tokens/s", "time", "left");
}

std::string StepLine(const learner::v1::StepReport& report, int total_steps, absl::Duration left) {
  const std::map<std::string, double> named(report.metrics().begin(), report.metrics().end());
  const StepMetrics metrics = MetricsOfNames(named);
  const std::optional<double> seconds = metrics.timing_s_step;
  const std::string time = seconds.has_value() ? ShortDuration(absl::Seconds(*seconds)) : "-";
  return absl::StrFormat("%9s %9s %8s %9s %9s %8s %9s %8s %8s",
                         absl::StrCat(report.step(), "/", total_steps),
                         Percent(metrics.reward_density), Percent(metrics.constraint_accuracy),
                         Number(metrics.hindsight_eligible, 0),
                         Number(metrics.hindsight_replayed, 0), Number(metrics.hindsight_lambda, 2),
                         Number(metrics.perf_throughput, 0), time, ShortDuration(left));
}

std::string ProgressLine(const replay::v1::GetProgressResponse& progress) {
  if (progress.collecting_samples() >= progress.collecting_expected()) {
    return absl::StrCat("training step ", progress.newest_frozen_step());
  }
  return absl::StrCat("collecting step ", progress.collecting_step(), ": ",
                      progress.collecting_samples(), "/", progress.collecting_expected(),
                      " responses, ", progress.workers(),
                      progress.workers() == 1 ? " worker" : " workers");
}

void LiveLine::Show(const std::string& text) {
  if (!terminal_) return;
  out_ << "\r\033[K" << text << std::flush;
  shown_ = true;
}

void LiveLine::Clear() {
  if (shown_) out_ << "\r\033[K" << std::flush;
  shown_ = false;
}

}  // namespace hir
