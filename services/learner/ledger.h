// The calls of a learner to replay, as an interface, so that tests can script them.
#ifndef HIR_SERVICES_LEARNER_LEDGER_H_
#define HIR_SERVICES_LEARNER_LEDGER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hir/domain/weights_id.h"
#include "hir/replay/v1/replay.pb.h"
#include "hir/train/training_sample.h"

namespace hir {

// Every call blocks until replay has answered, also through outages. CANCELLED: the program was
// told to stop. FAILED_PRECONDITION: a newer learner has taken the run over. Thread-safe.
class Ledger {
 public:
  virtual ~Ledger() = default;

  // Returns what replay stores about the run. Waits until the run exists.
  virtual absl::StatusOr<replay::v1::GetRunResponse> GetRun() = 0;
  // Returns one more than the maximum of `above` and every incarnation taken before.
  virtual absl::StatusOr<uint64_t> TakeIncarnation(const std::string& address, uint64_t above) = 0;
  // Returns the digests of the frozen batches by step.
  virtual absl::StatusOr<std::map<int64_t, std::string>> Batches() = 0;
  // Waits until the batch of `step` is frozen. FAILED_PRECONDITION also: the ledger no longer has
  // the version `advanced`, which this rank recorded; empty if it has recorded none.
  virtual absl::StatusOr<replay::v1::GetBatchResponse> AwaitBatch(int64_t step,
                                                                  const WeightsId& advanced) = 0;
  virtual absl::StatusOr<std::vector<TrainingSample>> ReadShard(int64_t step, int rank,
                                                                int world_size) = 0;
  virtual absl::Status AdvanceVersion(const WeightsId& weights,
                                      const std::string& batch_digest) = 0;
  virtual absl::Status CommitCheckpoint(const WeightsId& weights, int64_t oldest_kept_version) = 0;
  // Returns the addresses of the live workers. Made once, also during an outage.
  virtual absl::StatusOr<std::vector<std::string>> Workers() = 0;
};

}  // namespace hir

#endif  // HIR_SERVICES_LEARNER_LEDGER_H_
