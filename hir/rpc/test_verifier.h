// A verifier for tests of servers: counts calls and can hold them.
#ifndef HIR_RPC_TEST_VERIFIER_H_
#define HIR_RPC_TEST_VERIFIER_H_

#include "absl/synchronization/notification.h"
#include "hir/verifier/v1/verifier.grpc.pb.h"

namespace hir {

// ListCheckers answers at once; Verify notifies `entered` and waits for `release`.
class TestVerifier : public verifier::v1::Verifier::Service {
 public:
  grpc::Status ListCheckers(grpc::ServerContext*, const verifier::v1::ListCheckersRequest*,
                            verifier::v1::ListCheckersResponse* response) override {
    response->set_verifier_build("test");
    return grpc::Status::OK;
  }
  grpc::Status Verify(grpc::ServerContext*, const verifier::v1::VerifyRequest*,
                      verifier::v1::VerifyResponse*) override {
    entered.Notify();
    release.WaitForNotification();
    return grpc::Status::OK;
  }

  absl::Notification entered;
  absl::Notification release;
};

}  // namespace hir

#endif  // HIR_RPC_TEST_VERIFIER_H_
