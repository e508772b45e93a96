// Tracks which leases a worker holds and which samples are left to do under each. Calls neither the
// engine nor replay: callers pass on their answers, and the results say what to tell them.
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

// A task as replay leased it. Shared with the callbacks that build its responses, since the lease
// may end before them.
struct LeaseGrant {
  replay::v1::LeasedTask task;
  absl::Time granted;
};

// Under its lease a sample is first unmade (the engine has it), then unacknowledged (the sender has
// it), then settled. A lease is forgotten when all of its samples are settled. Not thread-safe.
class LeaseTable {
 public:
  // Names a lease to replay, to renew it or, with a reason, to give it up.
  using Renewal = replay::v1::RenewLeasesRequest::Lease;

  // `worker` is put before the reasons for which leases are given up.
  explicit LeaseTable(std::string worker) : worker_(std::move(worker)) {}

  // Adds a lease that replay granted at `now`; it replaces an earlier one of the task. Returns the
  // samples that the engine must generate: the missing ones that are not on their way already.
  std::vector<uint32_t> TrackLease(replay::v1::LeasedTask task, absl::Time now);

  // The engine accepted the samples that TrackLease() returned as its request `request`.
  void OnSubmitted(uint64_t task, uint64_t request);
  // The engine refused the samples because of `why`; the lease will be given up.
  void OnSubmitRefused(uint64_t task, const std::string& why);

  // A sample that was submitted under `fencing_token` is generated; the sender has it next. Null:
  // no lease wants it any more, or the sample is generated again under a later one.
  std::shared_ptr<const LeaseGrant> OnGenerated(uint64_t task, uint64_t fencing_token,
                                                uint32_t sample);
  // A sample will not be generated. The lease will be given up because of `why`, unless that is
  // empty, as for cancelled samples. Null as above.
  std::shared_ptr<const LeaseGrant> OnGenerationFailed(uint64_t task, uint64_t fencing_token,
                                                       uint32_t sample, const std::string& why);

  // A response is settled. `refused`: why it will never be stored; empty if it is stored. After a
  // refusal the lease is not renewed any more, and is given up once no other sample is on its way.
  void OnSettled(uint64_t task, uint32_t sample, const std::string& refused);

  // Samples that are leased and not yet generated.
  int64_t unmade() const;

  // Returns what to send to replay: the leases to renew, and those given up that replay has not
  // been told of. Pass the answer to OnRenewed().
  std::vector<Renewal> Renewals() const;
  // Replay was sent `asked`, the result of Renewals(), and renewed the leases of the tasks
  // `renewed`. The other leases are lost, and nobody waits for their unmade samples: returns the
  // engine's requests to cancel. The sender keeps what is generated, since replay accepts it even
  // late.
  std::vector<uint64_t> OnRenewed(const std::vector<Renewal>& asked,
                                  const std::set<uint64_t>& renewed);

 private:
  struct Lease {
    std::shared_ptr<const LeaseGrant> grant;
    std::set<uint64_t> engine_requests;
    std::map<uint32_t, uint64_t> unmade;  // Samples, and the token under which each was submitted.
    std::set<uint32_t> unacknowledged;
    std::string given_up;  // Why the lease will be given up; empty = it will be renewed.

    uint64_t fencing_token() const { return grant->task.fencing_token(); }
  };

  // Ends the unmade state of `sample` and returns its lease; null as for OnGenerated().
  Lease* EndUnmade(uint64_t task, uint64_t fencing_token, uint32_t sample);
  // Forgets a lease whose samples are all settled; notes it for replay if it was given up.
  void EndIfDone(uint64_t task);

  const std::string worker_;
  std::map<uint64_t, Lease> leases_;  // By task.
  std::vector<Renewal> given_up_;     // Replay has not been told of these yet. Oldest first.
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_LEASE_TABLE_H_
