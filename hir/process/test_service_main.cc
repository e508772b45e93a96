// A whole service for service_main_test: serves TestVerifier until told to stop.
#include <string>

#include "absl/flags/flag.h"
#include "hir/base/status_macros.h"
#include "hir/process/service_main.h"
#include "hir/rpc/test_verifier.h"

ABSL_FLAG(std::string, fail, "", "Message to fail with.");
ABSL_FLAG(bool, for_good, false, "whether a restart would not fix the failure.");

namespace {

absl::Status Run(hir::ServiceContext& context) {
  if (const std::string message = absl::GetFlag(FLAGS_fail); !message.empty()) {
    return absl::GetFlag(FLAGS_for_good) ? absl::FailedPreconditionError(message)
                                         : absl::InternalError(message);
  }
  hir::TestVerifier verifier;
  HIR_ASSIGN_OR_RETURN(
      auto server,
      context.StartServer({{hir::verifier::v1::Verifier::service_full_name(), &verifier}}));
  context.stop().Wait();
  server->Drain(context.drain_deadline());
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  return hir::ServiceMain(
      argc, argv, {.name = "process_test_service", .summary = "Serves for a test.", .run = Run});
}
