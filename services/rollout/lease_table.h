// Which leases a worker holds, and what is left to do under each. Knows neither the engine nor
// replay: it is told what they said, and says what they are to be told.
#ifndef HIR_SERVICES_ROLLOUT_LEASE_TABLE_H_
#define HIR_SERVICES_ROLLOUT_LEASE_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "hir/replay/v1/replay.pb.h"

namespace hir {

// A task as replay leased it. Shared with whoever makes its responses, so that a lease may end
// meanwhile.
struct LeaseGrant {
  replay::v1::LeasedTask task;
  absl::Time granted;
};

// A sample's way under its lease: unmade (the engine has it), then unacknowledged (the sender has
// it), then settled. A lease without samples on their way is over and forgotten. Not thread-safe.
class LeaseTable {
 public:
  // How a lease is named to replay, to be renewed or, with a reason, given up.
  using Renewal = replay::v1::RenewLeasesRequest::Lease;

  // `worker` signs the reasons for which leases are given up.
  explicit LeaseTable(std::string worker) : worker_(std::move(worker)) {}

  // Holds a lease that replay granted at `now`; it takes the place of an earlier one of the task.
  // Returns the samples that the engine has to make: of the missing ones, those that are not on
  // their way already.
  std::vector<uint32_t> TrackLease(replay::v1::LeasedTask task, absl::Time now);

  // The engine took the samples that TrackLease() returned as its request `request`.
  void OnSubmitted(uint64_t task, uint64_t request);
  // The engine takes none of the task, for `why`: the lease is to be given up.
  void OnSubmitRefused(uint64_t task, const std::string& why);

  // A sample that was submitted under `fencing_token` is made, and is now the sender's. Null: no
  // lease wants it any more, or a later one has the sample made anew.
  std::shared_ptr<const LeaseGrant> OnGenerated(uint64_t task, uint64_t fencing_token,
                                                uint32_t sample);
  // It will not be made: the lease is to be given up for `why`, unless that is empty, as for what
  // was cancelled. Null as above.
  std::shared_ptr<const LeaseGrant> OnGenerationFailed(uint64_t task, uint64_t fencing_token,
                                                       uint32_t sample, const std::string& why);

  // A response needs no more care. `refused`: why it will never be stored; empty if it is. After a
  // refusal the lease is not renewed any more; it is given up once nothing else is on its way.
  void OnSettled(uint64_t task, uint32_t sample, const std::string& refused);

  // Samples that are leased and not made.
  int64_t unmade() const;

  // What replay is to be told now: the leases to renew, and those given up since they were last
  // told of. Ask again after OnRenewed().
  std::vector<Renewal> Renewals() const;
  // Replay was told `asked`, which is what Renewals() returned, and renewed the leases of the tasks
  // `renewed`. The others are lost: nobody waits for what they have unmade. Returns the engine's
  // requests that are to be cancelled. What is made stays the sender's: replay takes it even late.
  std::vector<uint64_t> OnRenewed(const std::vector<Renewal>& asked,
                                  const std::set<uint64_t>& renewed);

 private:
  struct Lease {
    std::shared_ptr<const LeaseGrant> grant;
    std::set<uint64_t> engine_requests;
    std::map<uint32_t, uint64_t> unmade;  // Samples, and the token under which each was submitted.
    std::set<uint32_t> unacknowledged;
    std::string given_up;  // Why the lease is to end; empty: it is to be renewed.

    uint64_t fencing_token() const { return grant->task.fencing_token(); }
  };

  // The lease under which `sample` is no longer unmade; null as for OnGenerated().
  Lease* EndUnmade(uint64_t task, uint64_t fencing_token, uint32_t sample);
  // Forgets a lease under which nothing is on its way, and notes that replay is to be told.
  void EndIfDone(uint64_t task);

  const std::string worker_;
  std::map<uint64_t, Lease> leases_;  // By task.
  std::vector<Renewal> given_up_;     // Replay has not been told of these yet. Oldest first.
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_LEASE_TABLE_H_
