// Implements Engine with a Decoder in this process. Includes Torch; services include engine.h.
#ifndef HIR_GENERATE_LOCAL_ENGINE_H_
#define HIR_GENERATE_LOCAL_ENGINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "hir/engine/engine.h"
#include "hir/generate/decoder.h"
#include "hir/generate/scheduler.h"
#include "hir/model/weights.h"

namespace hir {

// Makes the decoder of an engine; see MakeDecoder().
using DecoderFactory = std::function<absl::StatusOr<std::unique_ptr<Decoder>>(
    const Architecture&, const ModelWeights&, const EngineOptions&)>;

// Runs a Scheduler on one thread. Submit(), Cancel() and SwapWeights() store their requests under a
// lock, and Step(), called by the engine's thread or by a test, carries them out between two
// passes. It also makes the callbacks; no lock is held while it computes or calls back.
class LocalEngine : public Engine {
 public:
  // As OpenLocalEngine().
  static absl::StatusOr<std::unique_ptr<LocalEngine>> Open(const std::string& folder,
                                                           const std::string& run,
                                                           const EngineOptions& options);
  // Serves `weights` as `version`, whose digest is computed here. Errors: those of
  // OpenLocalEngine() that concern options and of `make`, which tests replace; INVALID_ARGUMENT:
  // the weights are not of options.dtype.
  static absl::StatusOr<std::unique_ptr<LocalEngine>> Create(
      const Architecture& architecture, const ModelWeights& weights, WeightsId version,
      const EngineOptions& options, const DecoderFactory& make = MakeDecoder);
  ~LocalEngine() override;

  // Runs one iteration: a waiting swap, new responses, one pass. Returns false when there was
  // nothing to do. For tests and benchmarks, instead of Start().
  bool Step();

  absl::StatusOr<uint64_t> Submit(GenerationRequest request) override;
  void Cancel(uint64_t request) override;
  absl::StatusOr<WeightsId> SwapWeights(WeightsId version, PackedWeights weights,
                                        absl::Time deadline) override;
  void Start() override;
  void Stop() override;
  EngineStatus Status() const override;
  // For benchmarks; only for the thread that calls Step().
  StepProfile Profile() const { return decoder_->Profile(); }
  const Architecture& architecture() const override { return architecture_; }
  absl::Status CheckLengths(int64_t prompt_tokens, int64_t response_tokens) const override {
    return scheduler_.CheckLengths(prompt_tokens, response_tokens);
  }
  EntropySource entropy_source() const override { return EntropySource::kExact; }

 private:
  // A waiting call of SwapWeights(). Shared with the engine's thread, which may be carrying it out
  // when the caller's deadline passes.
  struct Swap {
    WeightsId version;
    ModelWeights weights;
    bool begun = false;  // The engine's thread has started the swap, so it can't be withdrawn.
    std::optional<absl::StatusOr<WeightsId>> result;
  };

  LocalEngine(const Architecture& architecture, const EngineOptions& options, WeightsId serving,
              std::unique_ptr<Decoder> decoder);

  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Passes new and cancelled requests on to the scheduler.
  void TakeRequests();
  // Copies the scheduler's numbers, as of now.
  void UpdateStatus() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Loop();

  // FAILED_PRECONDITION: `version` is older than what is served. UNAVAILABLE: the engine is
  // stopped.
  absl::Status CheckSwap(const WeightsId& version) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The part of SwapWeights() that runs while this call has set swapping_.
  absl::StatusOr<WeightsId> SwapInTurn(WeightsId version, PackedWeights weights,
                                       absl::Time deadline);
  // Carries out the waiting swap, if running responses may go on with its weights or there are
  // none. Returns whether one still waits.
  bool FinishSwap();
  // Starts to serve the weights. After an error the old ones are still served.
  absl::Status Adopt(const Swap& swap);

  const Architecture architecture_;
  const EngineOptions options_;

  // Used only by the thread in Step(), but for CheckLengths().
  const std::unique_ptr<Decoder> decoder_;
  Scheduler scheduler_;

  mutable absl::Mutex mu_;
  // Requests that the thread in Step() has not seen, with their numbers.
  std::vector<std::pair<uint64_t, GenerationRequest>> submitted_ ABSL_GUARDED_BY(mu_);
  std::set<uint64_t> cancelled_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Swap> swap_ ABSL_GUARDED_BY(mu_);  // The waiting swap; null = none.
  bool swapping_ ABSL_GUARDED_BY(mu_) = false;       // A call of SwapWeights() is running.
  EngineStatus status_ ABSL_GUARDED_BY(mu_);
  uint64_t next_id_ ABSL_GUARDED_BY(mu_) = 1;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace hir

#endif  // HIR_GENERATE_LOCAL_ENGINE_H_
