// Implements Engine with a Decoder in this process. Includes Torch; services include engine.h.
#ifndef HIR_GENERATE_LOCAL_ENGINE_H_
#define HIR_GENERATE_LOCAL_ENGINE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "hir/engine/engine.h"
#include "hir/generate/decoder.h"
#include "hir/generate/sampler.h"
#include "hir/model/weights.h"

namespace hir {

// Batches continuously on one thread: Submit(), Cancel() and SwapWeights() store their requests
// under a lock, and Step(), called by the engine's thread or by a test, carries them out in turns
// of one token for each running sequence. It also makes the callbacks; no lock is held while it
// computes or calls back.
class LocalEngine : public Engine {
 public:
  // As OpenLocalEngine().
  static absl::StatusOr<std::unique_ptr<LocalEngine>> Open(const std::string& folder,
                                                           const std::string& run,
                                                           const EngineOptions& options);
  // Serves `weights` as `version`, whose digest is computed here. Errors: those of
  // OpenLocalEngine() that concern options; INVALID_ARGUMENT: the weights are not of options.dtype.
  // Also those of MakeDecoder().
  static absl::StatusOr<std::unique_ptr<LocalEngine>> Create(const Architecture& architecture,
                                                             const ModelWeights& weights,
                                                             WeightsId version,
                                                             const EngineOptions& options);
  ~LocalEngine() override;

  // Runs one iteration: a waiting swap, new sequences, one token for every running one. Returns
  // false when there was nothing to do. For tests and benchmarks, instead of Start().
  bool Step();

  absl::StatusOr<uint64_t> Submit(GenerationRequest request) override;
  void Cancel(uint64_t request) override;
  absl::StatusOr<WeightsId> SwapWeights(WeightsId version, PackedWeights weights,
                                        absl::Time deadline) override;
  void Start() override;
  void Stop() override;
  EngineStatus Status() const override;
  const Architecture& architecture() const override { return architecture_; }

 private:
  // A request and its prompt, computed when its first response begins.
  struct Group {
    uint64_t id = 0;
    GenerationRequest request;
    std::shared_ptr<KvState> prompt;
    std::vector<Draw> first;  // The first token of each sample; set with `prompt`.
    std::shared_ptr<const std::vector<ScoredToken>> scores;  // Of the prompt; null = not requested.
    size_t begun = 0;                                        // Samples that have begun.
  };
  // A response that is being generated, one token per turn.
  struct Sequence {
    std::shared_ptr<Group> group;
    std::unique_ptr<KvState> state;
    FinishedResponse response;
    double entropy_sum = 0;  // Over the tokens so far, nats.
  };
  // A waiting call of SwapWeights(). Shared with the engine's thread, which may be carrying it out
  // when the caller's deadline passes.
  struct Swap {
    WeightsId version;
    ModelWeights weights;
    bool begun = false;  // The engine's thread has started the swap, so it can't be withdrawn.
    std::optional<absl::StatusOr<WeightsId>> result;
  };

  LocalEngine(const Architecture& architecture, const EngineOptions& options,
              std::unique_ptr<Decoder> decoder);

  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // FAILED_PRECONDITION: `version` is older than what is served. UNAVAILABLE: the engine is
  // stopped.
  absl::Status CheckSwap(const WeightsId& version) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The part of SwapWeights() that runs while this call has set swapping_.
  absl::StatusOr<WeightsId> SwapInTurn(WeightsId version, PackedWeights weights,
                                       absl::Time deadline);
  // Ends the remaining samples of cancelled requests.
  void DropCancelled();
  // Carries out the waiting swap once no response is running.
  void FinishSwap();
  // Checks the digest and starts to serve the weights. After an error the old ones are still
  // served.
  absl::Status Adopt(const Swap& swap);
  // Begins responses while there is room.
  void Admit();
  // Returns the group of the next response to begin, and removes it from the queue with its last
  // one; null if nothing waits, or if it has to wait for others to end.
  std::shared_ptr<Group> NextGroup();
  // The most tokens that a response to `request` may have.
  int64_t ResponseLimit(const GenerationRequest& request) const;
  // Tokens of the cache that a response takes, and its prompt too if that is not computed yet.
  int64_t CacheNeed(const GenerationRequest& request, bool with_prompt) const;
  void ComputePrompt(Group& group);
  // How many tokens of its prompt are computed in one pass.
  size_t PromptChunk(const GenerationRequest& request) const;
  void BeginSample(const std::shared_ptr<Group>& group, size_t index);
  // Draws a token for each running sequence.
  void Decode();
  // Adds a token; returns true if the response has ended and was passed to its callback.
  bool Append(Sequence& sequence, Draw& draw);
  // Ends all running responses.
  void FailAll(const absl::Status& status);
  // Ends all requests that have not begun, and the waiting swap.
  void CancelWaiting();
  void Loop();

  const Architecture architecture_;
  const EngineOptions options_;

  // Used only by the thread in Step(), but for what never changes: its capacity and page size.
  const std::unique_ptr<Decoder> decoder_;
  std::vector<Sequence> running_;

  mutable absl::Mutex mu_;
  std::deque<std::shared_ptr<Group>> queue_ ABSL_GUARDED_BY(mu_);
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
