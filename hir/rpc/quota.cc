#include "hir/rpc/quota.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"

namespace hir {

Quota::Share& Quota::Share::operator=(Share&& other) noexcept {
  if (this == &other) return *this;
  GiveBack();
  quota_ = other.quota_;
  caller_ = std::move(other.caller_);
  held_ = std::exchange(other.held_, 0);
  return *this;
}

absl::Status Quota::Share::Take(int64_t count) {
  if (quota_ == nullptr) return absl::OkStatus();
  HIR_RETURN_IF_ERROR(quota_->Take(caller_, count));
  held_ += count;
  return absl::OkStatus();
}

absl::Status Quota::Share::TakeWhenFree(int64_t count, const std::function<bool()>& stop) {
  constexpr absl::Duration kBetweenLooks = absl::Milliseconds(100);
  if (quota_ == nullptr) return absl::OkStatus();
  const bool fits_alone = count <= quota_->limits_.per_caller && count <= quota_->limits_.in_all;
  // Others may take what has become free before Take() does.
  while (fits_alone && !Take(count).ok()) {
    if (stop()) return absl::CancelledError("the call ended while it waited for room");
    quota_->AwaitRoom(caller_, count, kBetweenLooks);
  }
  return fits_alone ? absl::OkStatus() : Take(count);
}

void Quota::Share::GiveBack() {
  if (held_ > 0) quota_->GiveBack(caller_, std::exchange(held_, 0));
}

absl::Status Quota::Take(const std::string& caller, int64_t count) {
  absl::MutexLock lock(&mutex_);
  const int64_t own = HeldBy(caller);
  const auto refuse = [&](int64_t held, const char* holder, int64_t limit) {
    return absl::ResourceExhaustedError(absl::StrCat(count, " more ", what_,
                                                     " are too many: ", holder, " ", held,
                                                     " of at most ", limit, "; try again later"));
  };
  if (own + count > limits_.per_caller) return refuse(own, "the caller has", limits_.per_caller);
  if (held_ + count > limits_.in_all) return refuse(held_, "all callers have", limits_.in_all);
  if (count == 0) return absl::OkStatus();
  held_ += count;
  held_by_[caller] += count;
  return absl::OkStatus();
}

void Quota::AwaitRoom(const std::string& caller, int64_t count, absl::Duration timeout) const {
  const auto fits = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return HeldBy(caller) + count <= limits_.per_caller && held_ + count <= limits_.in_all;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&fits), timeout);
}

int64_t Quota::HeldBy(const std::string& caller) const {
  const auto found = held_by_.find(caller);
  return found == held_by_.end() ? 0 : found->second;
}

void Quota::GiveBack(const std::string& caller, int64_t count) {
  absl::MutexLock lock(&mutex_);
  held_ -= count;
  const auto found = held_by_.find(caller);
  found->second -= count;
  if (found->second == 0) held_by_.erase(found);
}

}  // namespace hir
