#include "services/rollout/lease_table.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hir {

std::vector<uint32_t> LeaseTable::TrackLease(replay::v1::LeasedTask task, absl::Time now) {
  const uint64_t fencing_token = task.fencing_token();
  Lease& lease = leases_[task.task().task()];
  lease.grant = std::make_shared<const LeaseGrant>(LeaseGrant{std::move(task), now});
  // A new lease is a new attempt, so the reason to give the earlier one up no longer counts.
  lease.given_up.clear();
  std::vector<uint32_t> to_make;
  for (const uint32_t sample : lease.grant->task.missing_samples()) {
    // Generated under an earlier lease and still with the sender, so it is not generated again.
    if (lease.unacknowledged.contains(sample)) continue;
    // Likewise a sample that the engine still has: its response serves this lease too.
    if (lease.unmade.emplace(sample, fencing_token).second) to_make.push_back(sample);
  }
  return to_make;
}

void LeaseTable::OnSubmitted(uint64_t task, uint64_t request) {
  const auto lease = leases_.find(task);
  // The engine may have generated everything before Submit() returned the request's number.
  if (lease != leases_.end()) lease->second.engine_requests.insert(request);
}

void LeaseTable::OnSubmitRefused(uint64_t task, const std::string& why) {
  const auto lease = leases_.find(task);
  if (lease == leases_.end()) return;
  lease->second.unmade.clear();
  lease->second.given_up = why;
  EndIfDone(task);
}

LeaseTable::Lease* LeaseTable::EndUnmade(uint64_t task, uint64_t fencing_token, uint32_t sample) {
  const auto lease = leases_.find(task);
  if (lease == leases_.end()) return nullptr;
  // The request of a lost lease was cancelled; its results don't belong to this lease.
  const auto unmade = lease->second.unmade.find(sample);
  if (unmade == lease->second.unmade.end() || unmade->second != fencing_token) return nullptr;
  lease->second.unmade.erase(unmade);
  return &lease->second;
}

std::shared_ptr<const LeaseGrant> LeaseTable::OnGenerated(uint64_t task, uint64_t fencing_token,
                                                          uint32_t sample) {
  Lease* const lease = EndUnmade(task, fencing_token, sample);
  if (lease == nullptr) return nullptr;
  lease->unacknowledged.insert(sample);
  return lease->grant;
}

std::shared_ptr<const LeaseGrant> LeaseTable::OnGenerationFailed(uint64_t task,
                                                                 uint64_t fencing_token,
                                                                 uint32_t sample,
                                                                 const std::string& why) {
  Lease* const lease = EndUnmade(task, fencing_token, sample);
  if (lease == nullptr) return nullptr;
  if (!why.empty()) lease->given_up = why;
  // Kept, since the lease may end here.
  std::shared_ptr<const LeaseGrant> grant = lease->grant;
  EndIfDone(task);
  return grant;
}

void LeaseTable::OnSettled(uint64_t task, uint32_t sample, const std::string& refused) {
  const auto lease = leases_.find(task);
  if (lease == leases_.end()) return;
  lease->second.unacknowledged.erase(sample);
  if (!refused.empty()) lease->second.given_up = refused;
  EndIfDone(task);
}

void LeaseTable::EndIfDone(uint64_t task) {
  const auto found = leases_.find(task);
  if (found == leases_.end()) return;
  const Lease& lease = found->second;
  if (!lease.unmade.empty() || !lease.unacknowledged.empty()) return;
  // Giving it up tells replay at once what it would otherwise learn when the lease expires.
  if (!lease.given_up.empty()) {
    Renewal& entry = given_up_.emplace_back();
    entry.set_task(task);
    entry.set_fencing_token(lease.fencing_token());
    entry.set_given_up(absl::StrCat(worker_, ": ", lease.given_up));
  }
  leases_.erase(found);
}

int64_t LeaseTable::unmade() const {
  int64_t count = 0;
  for (const auto& [task, lease] : leases_) count += static_cast<int64_t>(lease.unmade.size());
  return count;
}

std::vector<LeaseTable::Renewal> LeaseTable::Renewals() const {
  std::vector<Renewal> renewals;
  for (const auto& [task, lease] : leases_) {
    // Left to expire: replay counts that as one of the task's attempts, and others may try.
    if (!lease.given_up.empty()) continue;
    Renewal& entry = renewals.emplace_back();
    entry.set_task(task);
    entry.set_fencing_token(lease.fencing_token());
  }
  renewals.insert(renewals.end(), given_up_.begin(), given_up_.end());
  return renewals;
}

std::vector<uint64_t> LeaseTable::OnRenewed(const std::vector<Renewal>& asked,
                                            const std::set<uint64_t>& renewed) {
  // More leases may have been given up during the call; they follow those that were sent.
  const auto told = std::count_if(asked.begin(), asked.end(),
                                  [](const Renewal& entry) { return !entry.given_up().empty(); });
  given_up_.erase(given_up_.begin(), given_up_.begin() + told);

  std::vector<uint64_t> to_cancel;
  for (const Renewal& entry : asked) {
    const auto found = leases_.find(entry.task());
    if (renewed.contains(entry.task()) || found == leases_.end()) continue;
    Lease& lease = found->second;
    // The task was leased again during the call, so only the earlier lease is lost.
    if (lease.fencing_token() != entry.fencing_token()) continue;
    if (!lease.unmade.empty()) {
      to_cancel.insert(to_cancel.end(), lease.engine_requests.begin(), lease.engine_requests.end());
    }
    lease.engine_requests.clear();
    lease.unmade.clear();
    EndIfDone(entry.task());
  }
  return to_cancel;
}

}  // namespace hir
