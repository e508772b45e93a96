// Has constraints decided by a checker service of the user: a gRPC server in any language
// (proto/hir/checker/v1/checker.proto).
#ifndef HIR_CHECKERS_REMOTE_SERVICE_CHECKER_SERVICE_H_
#define HIR_CHECKERS_REMOTE_SERVICE_CHECKER_SERVICE_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "hir/base/clock.h"
#include "hir/checker/v1/checker.grpc.pb.h"
#include "hir/checkers/core/registry.h"
#include "hir/rpc/retry.h"

namespace hir::remote {

struct CheckerServiceOptions {
  absl::Duration timeout = absl::Seconds(5);  // Of one verdict, repeated attempts included; > 0.
  RetryPolicy retry;                          // While the service can't be reached.
};

// INVALID_ARGUMENT: an option outside its range; the message names hir-verifier's flag.
absl::Status Validate(const CheckerServiceOptions& options);

// Gives `registry` the checkers of the kind "external:check". They block for as long as the service
// takes. Undecidable: the service says so, fails, answers too late or gives no verdict. `clock`
// outlives the registry. REQUIRES: Validate(options).ok().
void EnableCheckerService(CheckerRegistry& registry,
                          std::shared_ptr<checker::v1::Checker::StubInterface> stub,
                          const CheckerServiceOptions& options, Clock& clock);

}  // namespace hir::remote

#endif  // HIR_CHECKERS_REMOTE_SERVICE_CHECKER_SERVICE_H_
