// An engine whose model is in a vLLM server.
#ifndef HIR_VLLM_VLLM_ENGINE_H_
#define HIR_VLLM_VLLM_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hir/base/compute_choices.h"
#include "hir/engine/engine.h"
#include "hir/vllm/streamed_answer.h"
#include "hir/vllm/vllm_client.h"
#include "hir/vllm/weights_folder.h"
#include "hir/vllm/weights_swap.h"

namespace hir {

struct VllmEngineOptions {
  std::string url;             // Of the server, e.g. http://127.0.0.1:8000.
  std::string key;             // Of the server's --api-key; empty = none is sent.
  std::string weights_folder;  // Where the server finds new weights; see WeightsFolder.
  // Empty: the server's own weights are served as version 0 without proof. Else nothing is
  // generated before the first swap.
  std::string run;
  Dtype dtype = Dtype::kBf16;  // Of the weights that are swapped in.
  int64_t most_tokens = 0;     // See CheckServer().
  VllmPatience patience = {};
  // Whether to give up waiting for a server that is not up yet.
  std::function<bool()> stopped = [] { return false; };
};

// Sends each request to the server in a thread of its own; the server batches them. Draws are the
// server's: seeds and keys do not determine them. Entropies are sampled.
//
// The first thing that goes wrong at the server ends the engine (EngineStatus::health): it can't be
// known any more which weights it has or whether its next answer is true. Only a request that the
// server refuses fails alone. Thread-safe.
class VllmEngine : public Engine {
 public:
  // `model` is the model folder, of which config.json is read and no weights. Errors: those of
  // ReadArchitecture(), WeightsFolder::Open(), AwaitServer() and CheckServer().
  static absl::StatusOr<std::unique_ptr<VllmEngine>> Open(const std::string& model,
                                                          const VllmEngineOptions& options);
  ~VllmEngine() override;

  absl::StatusOr<uint64_t> Submit(GenerationRequest request) override;
  void Cancel(uint64_t request) override;
  absl::StatusOr<WeightsId> SwapWeights(WeightsId version, PackedWeights weights,
                                        absl::Time deadline) override;
  void Start() override;
  void Stop() override;
  EngineStatus Status() const override;
  const Architecture& architecture() const override { return architecture_; }
  EntropySource entropy_source() const override { return EntropySource::kSampled; }

 private:
  // A request and its thread.
  struct Flight {
    GenerationRequest request;
    std::atomic<bool> cancelled = false;
    bool landed = false;  // Its thread is about to return. Guarded by mu_.
    std::thread thread;
  };

  VllmEngine(const Architecture& architecture, const VllmEngineOptions& options,
             std::unique_ptr<VllmClient> client, std::unique_ptr<WeightsFolder> folder,
             VllmEndpoint endpoint);

  // The life of a request, on its thread.
  void Fly(Flight& flight);
  // Waits until the request may be sent; returns the weights it will be drawn with. CANCELLED, or
  // the engine's error.
  absl::StatusOr<WeightsId> TakeOff(Flight& flight);
  // Has the server generate; every response reaches the request's on_done.
  void Generate(Flight& flight, const WeightsId& weights);
  // Has the server score the prompt, which its streams don't. Before the responses begin.
  absl::Status ScorePrompt(const Flight& flight, StreamedAnswer& answer);
  bool MayGoOn(const Flight& flight) const;
  // What the callers of `flight` are told after `status`, which ends the engine unless only this
  // request is at fault.
  absl::Status Judge(const Flight& flight, const absl::Status& status);
  absl::Status CheckServedVersion(const WeightsId& weights);

  // FAILED_PRECONDITION: `version` is older than what is served. UNAVAILABLE: the engine is
  // stopped. Or the engine's error.
  absl::Status CheckSwap(const WeightsId& version) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool IsServed(const WeightsId& version) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The part of SwapWeights() that runs while this call has set swapping_.
  absl::Status SwapInTurn(const WeightsId& version, const PackedWeights& weights,
                          absl::Time deadline);
  // The error of weights that are of another model because of `why`; ends an engine that never had
  // weights of the run.
  absl::Status RefuseModel(const WeightsId& version, const absl::Status& why);
  // Lets no further request take off and waits for those under way. DEADLINE_EXCEEDED: they did
  // not end in time, and requests may take off again.
  absl::Status CloseRunway(absl::Time deadline);
  // Ends the engine. Only the first error counts.
  void Fail(const absl::Status& error);

  const Architecture architecture_;
  const VllmEngineOptions options_;
  const std::unique_ptr<VllmClient> client_;
  const std::unique_ptr<WeightsFolder> folder_;  // Used by the call that has set swapping_.
  const VllmEndpoint endpoint_;

  mutable absl::Mutex mu_;
  std::map<uint64_t, std::unique_ptr<Flight>> flights_ ABSL_GUARDED_BY(mu_);
  uint64_t next_id_ ABSL_GUARDED_BY(mu_) = 1;
  int flying_ ABSL_GUARDED_BY(mu_) = 0;         // Requests that the server has.
  absl::Time busy_since_ ABSL_GUARDED_BY(mu_);  // While some are flying.
  EngineStatus status_ ABSL_GUARDED_BY(mu_);
  bool started_ ABSL_GUARDED_BY(mu_) = false;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  bool swapping_ ABSL_GUARDED_BY(mu_) = false;  // A call of SwapWeights() is running.
};

}  // namespace hir

#endif  // HIR_VLLM_VLLM_ENGINE_H_
