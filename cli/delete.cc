#include <iostream>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/ring_options.h"
#include "hir/base/status_macros.h"
#include "hir/client/replay_client.h"
#include "hir/client/ring_client.h"

namespace hir {

absl::Status RunDeleteCommand(absl::Span<const std::string> args) {
  RingAddresses addresses;
  TlsFiles tls;
  std::string run;
  Options options("hir delete --connect HOST:PORT --run NAME",
                  "Deletes the ledger of a run out of Redis, for ever. Files of the run stay.\n"
                  "Stop its workers and learner first.");
  options.Text("connect", &addresses.replay, "HOST:PORT of hir-replay").Required("connect");
  options.Text("run", &run, "name of the run").Required("run");
  AddTlsOptions(options, tls);
  HIR_RETURN_IF_ERROR(options.ParseOnly(args));
  HIR_ASSIGN_OR_RETURN(RingStubs stubs, ConnectRing(addresses, tls));
  const absl::Status status = ReplayClient(*stubs.replay, run, [] { return false; }).DeleteRun();
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat("run ", run, " at ", addresses.replay, ": ",
                                                    std::string(status.message())));
  }
  std::cout << "deleted the ledger of run " << run << std::endl;
  return absl::OkStatus();
}

}  // namespace hir
