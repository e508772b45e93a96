// Implements Ledger over gRPC.
#ifndef HIR_SERVICES_LEARNER_REPLAY_LEDGER_H_
#define HIR_SERVICES_LEARNER_REPLAY_LEDGER_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "hir/client/replay_client.h"
#include "services/learner/ledger.h"

namespace hir {

// Calls are repeated as long as the client's patience lasts, so it should be infinite. Thread-safe.
class ReplayLedger : public Ledger {
 public:
  // `client` must outlive this. `stopped` is called while waiting and returns whether the program
  // was told to stop.
  ReplayLedger(ReplayClient& client, std::function<bool()> stopped);

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
  // FAILED_PRECONDITION: the ledger has lost the version `advanced`.
  absl::Status CheckStillThere(const WeightsId& advanced);

  ReplayClient& client_;
  const std::function<bool()> stopped_;
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_REPLAY_LEDGER_H_
