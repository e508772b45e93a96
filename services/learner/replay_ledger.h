// The ledger over gRPC.
#ifndef HIR_SERVICES_LEARNER_REPLAY_LEDGER_H_
#define HIR_SERVICES_LEARNER_REPLAY_LEDGER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "hir/base/clock.h"
#include "hir/replay/v1/replay.grpc.pb.h"
#include "services/learner/ledger.h"

namespace hir {

// Thread-safe.
class ReplayLedger : public Ledger {
 public:
  // `stopped` says whether the program is to end; asked while waiting. `clock` outlives this.
  ReplayLedger(std::unique_ptr<replay::v1::Replay::StubInterface> stub, std::string run,
               Clock& clock, std::function<bool()> stopped);

  absl::StatusOr<replay::v1::GetRunResponse> GetRun() override;
  absl::StatusOr<uint64_t> TakeIncarnation(const std::string& address, uint64_t above) override;
  absl::StatusOr<std::map<int64_t, std::string>> Batches() override;
  absl::StatusOr<replay::v1::GetBatchResponse> AwaitBatch(int64_t step,
                                                          const WeightsId& advanced) override;
  absl::StatusOr<std::vector<TrainingSample>> ReadShard(int64_t step, int rank,
                                                        int world_size) override;
  absl::Status AdvanceVersion(const WeightsId& weights, const std::string& batch_digest) override;
  absl::Status CommitCheckpoint(const WeightsId& weights, int64_t oldest_kept_version) override;
  absl::StatusOr<std::vector<std::string>> Workers() override;

 private:
  // Repeats `call` while replay is away; `what` names it in logs.
  absl::Status Persist(const std::string& what, absl::FunctionRef<absl::Status()> call);
  // One call of GetBatch. ABORTED: not frozen yet.
  absl::Status AskForBatch(int64_t step, replay::v1::GetBatchResponse& response);
  // FAILED_PRECONDITION: the ledger has gone back behind `advanced`.
  absl::Status CheckStillThere(const WeightsId& advanced);

  std::unique_ptr<replay::v1::Replay::StubInterface> stub_;
  std::string run_;
  Clock& clock_;
  std::function<bool()> stopped_;
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_REPLAY_LEDGER_H_
