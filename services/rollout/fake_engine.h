// An engine for tests of what works with one.
#ifndef HIR_SERVICES_ROLLOUT_FAKE_ENGINE_H_
#define HIR_SERVICES_ROLLOUT_FAKE_ENGINE_H_

#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "hir/engine/engine.h"
#include "hir/testing/patience.h"

namespace hir {

// Holds requests until a test ends their samples. Thread-safe, but callbacks run on the caller.
class FakeEngine : public Engine {
 public:
  absl::StatusOr<uint64_t> Submit(GenerationRequest request) override {
    absl::MutexLock lock(&mu_);
    if (!refusal.ok()) return refusal;
    requests_.push_back(std::move(request));
    open_.push_back({requests_.back().samples.begin(), requests_.back().samples.end()});
    return requests_.size() - 1;
  }

  void Cancel(uint64_t id) override {
    {
      absl::MutexLock lock(&mu_);
      cancelled_.insert(id);
      if (cancelling_later_) return;
    }
    DeliverCancelled(id);
  }

  // It has no weights before the first swap.
  void AwaitWeights() {
    absl::MutexLock lock(&mu_);
    status_.ready = false;
  }

  // Cancel() only remembers what it was told, as an engine does until its next step.
  void CancelLater() {
    absl::MutexLock lock(&mu_);
    cancelling_later_ = true;
  }
  // Ends what is left of request `id` as cancelled.
  void DeliverCancelled(uint64_t id) {
    std::set<uint32_t> samples;
    {
      absl::MutexLock lock(&mu_);
      samples.swap(open_[id]);
    }
    for (const uint32_t sample : samples) {
      request(id).on_done(sample, absl::CancelledError("cancelled"));
    }
  }

  absl::StatusOr<WeightsId> SwapWeights(WeightsId version, PackedWeights weights,
                                        absl::Time) override {
    absl::MutexLock lock(&mu_);
    if (IsOlder(version, status_.serving)) return absl::FailedPreconditionError("older");
    swaps_.push_back(std::move(weights));
    status_.serving = version;
    status_.ready = true;
    return version;
  }

  void Start() override {}
  void Stop() override {}
  EngineStatus Status() const override {
    absl::MutexLock lock(&mu_);
    return status_;
  }
  const Architecture& architecture() const override { return architecture_; }
  absl::Status CheckLengths(int64_t, int64_t) const override { return refusal; }
  EntropySource entropy_source() const override { return EntropySource::kExact; }

  // Ends a sample of request `id` with the tokens 65, 66 (the text "AB") and a stop.
  void Finish(uint64_t id, uint32_t sample) {
    FinishedResponse response{{.tokens = {65, 66},
                               .log_probabilities = {-0.5f, -1.5f},
                               .entropy_mean = 1.25,
                               .finish_reason = FinishReason::kStop,
                               .spans = {{0, Status().serving}}},
                              request(id).key,
                              sample};
    {
      absl::MutexLock lock(&mu_);
      if (open_[id].erase(sample) == 0) return;
    }
    request(id).on_done(sample, std::move(response));
  }

  const GenerationRequest& request(uint64_t id) const {
    absl::MutexLock lock(&mu_);
    return requests_[id];
  }
  size_t requests() const {
    absl::MutexLock lock(&mu_);
    return requests_.size();
  }
  bool AwaitRequests(size_t count) const {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return requests_.size() >= count; };
    return mu_.AwaitWithTimeout(absl::Condition(&there), kPatience);
  }
  std::set<uint64_t> cancelled() const {
    absl::MutexLock lock(&mu_);
    return cancelled_;
  }
  bool AwaitCancelled(uint64_t id) const {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return cancelled_.contains(id); };
    return mu_.AwaitWithTimeout(absl::Condition(&there), kPatience);
  }
  size_t swaps() const {
    absl::MutexLock lock(&mu_);
    return swaps_.size();
  }

  absl::Status refusal;  // What Submit() and CheckLengths() answer when not OK.

 private:
  mutable absl::Mutex mu_;
  std::deque<GenerationRequest> requests_;
  std::deque<std::set<uint32_t>> open_;
  std::set<uint64_t> cancelled_;
  bool cancelling_later_ = false;
  std::vector<PackedWeights> swaps_;
  EngineStatus status_;
  const Architecture architecture_ = {.vocab_size = 100000, .max_position = 4096};
};

}  // namespace hir

#endif  // HIR_SERVICES_ROLLOUT_FAKE_ENGINE_H_
