// Has constraints decided by a checker of the user's: a gRPC service in any language
// (proto/hir/checker/v1/checker.proto).
#ifndef HIR_EXTERNAL_EXTERNAL_H_
#define HIR_EXTERNAL_EXTERNAL_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "hir/base/clock.h"
#include "hir/checker/v1/checker.grpc.pb.h"
#include "hir/constraints/registry.h"
#include "hir/rpc/retry.h"

namespace hir {

struct ExternalCheckerOptions {
  absl::Duration timeout = absl::Seconds(5);  // Of one verdict, repeated attempts included; > 0.
  RetryPolicy retry;                          // While the service can't be reached.
};

// INVALID_ARGUMENT: an option outside its range; the message names hir-verifier's flag.
absl::Status Validate(const ExternalCheckerOptions& options);

// Gives `registry` the checkers of the kind "external:check". They block for as long as the service
// takes. Undecidable: the service says so, fails, is too late or gives no verdict. `clock` outlives
// the registry. REQUIRES: Validate(options).ok().
void EnableExternalChecker(CheckerRegistry& registry,
                           std::shared_ptr<checker::v1::Checker::StubInterface> stub,
                           const ExternalCheckerOptions& options, Clock& clock);

}  // namespace hir

#endif  // HIR_EXTERNAL_EXTERNAL_H_
