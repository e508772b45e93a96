// hir-verifier: decides the constraints of responses and hands scored responses to replay.
#include <memory>

#include "absl/flags/flag.h"
#include "hir/base/clock.h"
#include "hir/base/status_macros.h"
#include "hir/constraints/registry.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/service_main.h"
#include "services/verifier/config.h"
#include "services/verifier/verifier_service.h"

ABSL_FLAG(std::string, replay, hir::VerifierConfig().replay_address,
          "HOST:PORT of hir-replay; empty serves Verify alone.");
ABSL_FLAG(int, max_pending_responses, hir::VerifierConfig().max_pending_responses,
          "Responses of one stream that replay has not stored before the stream is not read on.");
ABSL_FLAG(int, verify_threads, hir::VerifierConfig().verify_threads,
          "Threads that share the items of one Verify call; 0 is one a core.");
ABSL_FLAG(int, waiting_checks, hir::VerifierConfig().waiting_checks,
          "Checks that wait for another process (a judge, a sandbox) at once.");

namespace {

absl::Status Run(hir::ServiceContext& context) {
  const hir::VerifierConfig config = {
      .replay_address = absl::GetFlag(FLAGS_replay),
      .max_pending_responses = absl::GetFlag(FLAGS_max_pending_responses),
      .verify_threads = absl::GetFlag(FLAGS_verify_threads),
      .waiting_checks = absl::GetFlag(FLAGS_waiting_checks)};
  HIR_RETURN_IF_ERROR(Validate(config));
  std::unique_ptr<hir::replay::v1::Replay::StubInterface> replay;
  if (!config.replay_address.empty()) {
    HIR_ASSIGN_OR_RETURN(const auto channel,
                         hir::MakeChannel(config.replay_address, context.tls()));
    replay = hir::replay::v1::Replay::NewStub(channel);
  }
  hir::RealClock clock;
  hir::VerifierService service(config, hir::CheckerRegistry::Default(), std::move(replay), clock,
                               context.registry());
  HIR_ASSIGN_OR_RETURN(
      const auto server,
      context.StartServer({{hir::verifier::v1::Verifier::service_full_name(), &service}}));
  context.stop().Wait();
  service.EndStreams();
  server->Drain(context.drain_deadline());
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  return hir::ServiceMain(
      argc, argv,
      {.name = "hir-verifier", .summary = "Decides the constraints of responses.", .run = Run});
}
