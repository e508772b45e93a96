#include "hir/driver/run_mirror.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/log.h"
#include "hir/base/status_macros.h"
#include "hir/config/schema.h"

namespace hir {
namespace {

// Between looks at whether to end.
constexpr absl::Duration kTick = absl::Milliseconds(200);

}  // namespace

absl::StatusOr<std::unique_ptr<RunMirror>> RunMirror::Start(const RingStubs& stubs,
                                                            const std::string& run,
                                                            std::function<bool()> should_stop) {
  ReplayClient replay(*stubs.replay, run, should_stop);
  HIR_ASSIGN_OR_RETURN(const replay::v1::GetRunResponse found, replay.GetRun());
  HIR_ASSIGN_OR_RETURN(RunConfig config, ParseRunConfig(found.config_yaml()));
  char folder[] = "/tmp/hir-mirror-XXXXXX";
  if (mkdtemp(folder) == nullptr) return absl::UnavailableError("can't make a folder in /tmp.");
  config.output_dir = folder;
  std::unique_ptr<RunMirror> mirror(new RunMirror(stubs, config, std::move(should_stop)));
  HIR_RETURN_IF_ERROR(mirror->folder_.SaveConfig(config));
  mirror->thread_ = std::thread([raw = mirror.get()] { raw->Follow(); });
  return mirror;
}

RunMirror::RunMirror(const RingStubs& stubs, const RunConfig& config,
                     std::function<bool()> should_stop)
    : root_(config.output_dir),
      folder_(config),
      should_stop_(std::move(should_stop)),
      replay_(*stubs.replay, config.name, should_stop_),
      watcher_(*stubs.learner, config.name, 0) {}

RunMirror::~RunMirror() {
  if (thread_.joinable()) thread_.join();
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

void RunMirror::Follow() {
  while (!should_stop_()) {
    const auto report = watcher_.Next(kTick);
    if (!report) continue;
    absl::Status status = folder_.SaveMetrics(*report);
    // Replay drops what is older than the kept checkpoints.
    const auto records = replay_.ReadStep(report->step());
    if (status.ok() && records.ok()) status = folder_.SaveRollouts(report->step(), *records);
    if (!status.ok()) {
      Log(Severity::kWarning, "a step can't be written down",
          {{"step", report->step()}, {"why", std::string(status.message())}});
    }
  }
}

}  // namespace hir
