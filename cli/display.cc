#include "cli/display.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hir {
namespace {

std::string Number(const learner::v1::StepReport& report, const std::string& name, double factor,
                   const char* unit, int decimals) {
  const auto found = report.metrics().find(name);
  if (found == report.metrics().end()) return "-";
  return absl::StrFormat("%.*f%s", decimals, factor * found->second, unit);
}

}  // namespace

std::string ShortDuration(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds < 3600) return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
  return absl::StrFormat("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

absl::Duration TimeLeft(const Pace& pace, int64_t steps, int64_t evaluations) {
  return pace.training / std::max<int64_t>(1, pace.steps) * steps +
         pace.evaluating / std::max<int64_t>(1, pace.evaluations) * evaluations;
}

std::string StepHeader() {
  return absl::StrFormat("%9s %9s %8s %9s %9s %8s %9s %8s %8s", "step", "density", "CLA",
                         "eligible", "replayed", "lambda", "tokens/s", "time", "left");
}

std::string StepLine(const learner::v1::StepReport& report, int total_steps, absl::Duration left) {
  const auto seconds = report.metrics().find("timing_s/step");
  const std::string time =
      seconds == report.metrics().end() ? "-" : ShortDuration(absl::Seconds(seconds->second));
  return absl::StrFormat(
      "%9s %9s %8s %9s %9s %8s %9s %8s %8s", absl::StrCat(report.step(), "/", total_steps),
      Number(report, "reward_density", 100, " %", 1),
      Number(report, "constraint_accuracy", 100, " %", 1),
      Number(report, "hindsight/eligible", 1, "", 0),
      Number(report, "hindsight/replayed", 1, "", 0), Number(report, "hindsight/lambda", 1, "", 2),
      Number(report, "perf/throughput", 1, "", 0), time, ShortDuration(left));
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
