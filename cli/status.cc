// `hir status`: where a run stands, as replay sees it.
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/ring_client.h"
#include "cli/ring_options.h"
#include "hir/base/status_macros.h"

namespace hir {
namespace {

std::string Describe(const replay::v1::GetProgressResponse& p) {
  return absl::StrFormat(
      "steps frozen     %d\ncollecting step  %d: %d of %d responses\nweights version  %d "
      "(incarnation %d)\ntasks            %d put, %d completed, %d leased, %d abandoned\n"
      "responses        %d\nworkers          %d\n",
      p.newest_frozen_step(), p.collecting_step(), p.collecting_samples(), p.collecting_expected(),
      p.weights().version(), p.weights().incarnation(), p.tasks(), p.tasks_completed(),
      p.tasks_leased(), p.tasks_abandoned(), p.samples(), p.workers());
}

}  // namespace

absl::Status RunStatusCommand(absl::Span<const std::string> args) {
  RingAddresses addresses;
  TlsFiles tls;
  std::string run;
  Options options("hir status --connect HOST:PORT --run NAME",
                  "Shows where a run stands. runs/NAME/services.json names the address of a local\n"
                  "ring's replay service.");
  options.Text("connect", &addresses.replay, "HOST:PORT of hir-replay").Required("connect");
  options.Text("run", &run, "name of the run").Required("run");
  AddTlsOptions(options, tls);
  if (Options::WantsHelp(args)) {
    std::cout << options.Help();
    return absl::OkStatus();
  }
  HIR_RETURN_IF_ERROR(options.ParseOnly(args));
  HIR_ASSIGN_OR_RETURN(RingStubs stubs, ConnectRing(addresses, tls));
  ReplayClient client(*stubs.replay, run, [] { return true; });
  const auto progress = client.GetProgress();
  if (!progress.ok()) {
    return absl::Status(
        progress.status().code(),
        absl::StrCat("run ", run, " at ", addresses.replay, ": ", progress.status().message()));
  }
  std::cout << Describe(*progress);
  return absl::OkStatus();
}

}  // namespace hir
