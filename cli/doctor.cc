// `hir doctor`: what is wrong with this machine, or with a ring that runs.
#include <iostream>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/ring_options.h"
#include "hir/base/status_macros.h"
#include "hir/driver/machine_check.h"
#include "hir/driver/ring_check.h"
#include "hir/rpc/tls.h"
#include "hir/supervisor/local_ring.h"

namespace hir {

absl::Status RunDoctorCommand(absl::Span<const std::string> args) {
  std::string model = ".deps/models/SmolLM2-135M-Instruct";
  RingAddresses ring;
  TlsFiles tls;
  Options options(
      "hir doctor [--model DIR], or --connect with the addresses of a ring",
      "Looks at this machine: each line says ok, note or missing, and the command that\n"
      "fixes it. With --connect and the other three addresses it looks at a ring that runs:\n"
      "health of its services, and one response all the way round. Exit code 1 when something\n"
      "is missing.");
  options.Text("model", &model, "model folder to look at; default the demo's");
  AddRingOptions(options, ring, tls);
  HIR_RETURN_IF_ERROR(options.ParseOnly(args));
  HIR_ASSIGN_OR_RETURN(const bool running, NamesRing(ring));
  if (running && ring.rollouts.empty()) {
    return absl::InvalidArgumentError("--rollout is missing; name the workers to look at.");
  }
  const std::vector<Finding> findings =
      running ? ExamineRing(ring, tls) : ExamineMachine(ProgramFolder(), model);
  std::cout << FormatFindings(findings);
  for (const Finding& finding : findings) {
    if (finding.level == Finding::kMissing) {
      return absl::FailedPreconditionError(
          "something is missing; the lines above name the commands that fix it.");
    }
  }
  return absl::OkStatus();
}

}  // namespace hir
