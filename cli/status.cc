// `hir status`: where a run stands, as replay sees it or as its folder says.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/ring_options.h"
#include "hir/base/status_macros.h"
#include "hir/client/replay_client.h"
#include "hir/client/ring_client.h"
#include "hir/config/schema.h"
#include "hir/run/format.h"
#include "hir/run/run_files.h"
#include "hir/run/run_folder.h"
#include "hir/supervisor/local_ring.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

using nlohmann::json;

// What replay knows of a run.
struct RunStatus {
  replay::v1::GetProgressResponse progress;
  std::vector<replay::v1::Worker> workers;
};

absl::StatusOr<RunStatus> AskReplay(const RingAddresses& addresses, const TlsFiles& tls,
                                    const std::string& run) {
  HIR_ASSIGN_OR_RETURN(RingStubs stubs, ConnectRing(addresses, tls));
  ReplayClient client(*stubs.replay, run, [] { return false; });
  RunStatus status;
  HIR_ASSIGN_OR_RETURN(status.progress, client.GetProgress());
  HIR_ASSIGN_OR_RETURN(status.workers, client.ListWorkers());
  std::sort(status.workers.begin(), status.workers.end(),
            [](const auto& a, const auto& b) { return a.address() < b.address(); });
  return status;
}

// `local` has the addresses of a ring on this machine by service.
std::string Describe(const RunStatus& status, const std::map<std::string, std::string>& local) {
  const replay::v1::GetProgressResponse& p = status.progress;
  std::string text = absl::StrFormat(
      "steps frozen     %d\ncollecting step  %d: %d of %d responses\nweights version  %d "
      "(incarnation %d)\ntasks            %d put, %d completed, %d leased, %d abandoned\n"
      "responses        %d\nworkers          %d\n",
      p.newest_frozen_step(), p.collecting_step(), p.collecting_samples(), p.collecting_expected(),
      p.weights().version(), p.weights().incarnation(), p.tasks(), p.tasks_completed(),
      p.tasks_leased(), p.tasks_abandoned(), p.samples(), p.workers());
  for (const replay::v1::Worker& worker : status.workers) {
    std::string name = worker.address();
    for (const auto& [service, address] : local) {
      if (address == worker.address()) absl::StrAppend(&name, " (", service, ")");
    }
    absl::StrAppendFormat(&text, "                 %s serves version %d\n", name,
                          worker.serving().version());
  }
  return text;
}

// The configuration of the run that a folder of one holds, or that a file describes.
absl::StatusOr<RunConfig> ConfigOf(const std::string& run) {
  std::error_code error;
  return std::filesystem::is_directory(run, error) ? ReadRunConfig(run) : LoadRunConfig(run);
}

// What the folder of a run that nobody works on says.
absl::StatusOr<std::string> DescribeFolder(const RunConfig& config) {
  const RunFolder folder(config);
  HIR_ASSIGN_OR_RETURN(const json overview, RunFiles(folder.path()).Overview(0));
  int64_t step = 0;
  for (const json& line : overview["metrics"]) step = std::max(step, line.value("step", step));
  const std::string checkpoint = folder.NewestCheckpoint();
  std::string text = absl::StrFormat(
      "no ring is up for this run\nsteps trained    %d of %d\nnewest checkpoint %s\n", step,
      config.learner.total_steps, checkpoint.empty() ? "none" : checkpoint);
  if (overview["evals"].empty()) return text;
  const json& eval = overview["evals"].back();
  return text + absl::StrFormat("evaluation       after step %d: prompts met strictly %.1f %%\n",
                                eval.value("step", int64_t{0}),
                                100 * eval.value("prompt_strict", 0.0));
}

absl::StatusOr<std::string> DescribeRun(const std::string& run, const TlsFiles& tls) {
  HIR_ASSIGN_OR_RETURN(const RunConfig config, ConfigOf(run));
  const std::string folder = RunFolder(config).path();
  HIR_RETURN_IF_ERROR(CheckRunFormat(folder));
  const std::map<std::string, std::string> local = AddressesOfLocalRing(folder);
  if (const auto replay = local.find("replay"); replay != local.end()) {
    const auto status = AskReplay({.replay = replay->second}, tls, config.name);
    if (status.ok()) return Describe(*status, local);
  }
  return DescribeFolder(config);
}

absl::Status CheckArguments(const std::vector<std::string>& runs, const RingAddresses& addresses,
                            const std::string& run) {
  const bool connected = !addresses.replay.empty() && !run.empty();
  const bool any = !addresses.replay.empty() || !run.empty();
  if ((runs.size() == 1 && !any) || (runs.empty() && connected)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "`hir status` takes the folder of a run or its configuration, or --connect and --run.");
}

}  // namespace

absl::Status RunStatusCommand(absl::Span<const std::string> args) {
  RingAddresses addresses;
  TlsFiles tls;
  std::string run;
  Options options(
      "hir status RUN, or --connect HOST:PORT --run NAME",
      "Shows where a run stands: that of the folder RUN (for example runs/demo) or of a\n"
      "configuration RUN (configs/demo.yaml), or one of services elsewhere.");
  options.Text("connect", &addresses.replay, "HOST:PORT of hir-replay");
  options.Text("run", &run, "name of the run there");
  AddTlsOptions(options, tls);
  HIR_ASSIGN_OR_RETURN(const std::vector<std::string> runs, options.Parse(args));
  HIR_RETURN_IF_ERROR(CheckArguments(runs, addresses, run));
  if (!runs.empty()) {
    HIR_ASSIGN_OR_RETURN(const std::string text, DescribeRun(runs[0], tls));
    std::cout << text;
    return absl::OkStatus();
  }
  const auto status = AskReplay(addresses, tls, run);
  if (!status.ok()) {
    return absl::Status(status.status().code(), absl::StrCat("run ", run, " at ", addresses.replay,
                                                             ": ", status.status().message()));
  }
  std::cout << Describe(*status, {});
  return absl::OkStatus();
}

}  // namespace hir
