// Generates responses with continuous batching: sequences of many requests are decoded together,
// and a new one joins as soon as another ends. Free of Torch and of protos.
#ifndef HIR_GENERATE_ENGINE_H_
#define HIR_GENERATE_ENGINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hir/base/compute_choices.h"
#include "hir/domain/response.h"
#include "hir/domain/weights_id.h"
#include "hir/model_folder/architecture.h"
#include "hir/weights/packed_weights.h"

namespace hir {

struct EngineOptions {
  Dtype dtype;  // Of weights and cache.
  DeviceChoice device;
  int max_running_sequences;  // Decoded together; > 0.
  int threads = 0;            // Torch's threads of the process; 0 = leave as they are.
  // Equal tokens whatever else is in the batch: f32 only; every step computes
  // max_running_sequences rows.
  bool deterministic = false;
};

// At most this many of the likeliest tokens are reported (GenerationSettings::top_logprobs).
inline constexpr int kMaxTopLogprobs = 20;
// At most this many stop tokens are taken, so that min_tokens always leaves some token to draw.
inline constexpr int kMaxStopTokens = 128;

struct GenerationSettings {
  double temperature = 1.0;     // >= 0; 0 takes the likeliest token.
  double top_p = 1.0;           // In (0, 1].
  int top_k = 0;                // >= 0; 0 = all.
  int max_response_tokens = 0;  // Must be set: >= 1; the stop token counts.
  uint64_t seed = 0;  // Of the run: random numbers are UniformAt(seed, key, sample, position).
  // Stop tokens are not drawn before so many others; >= 0. Log-probabilities are then those of what
  // is left of the vocabulary.
  int min_tokens = 0;
  int top_logprobs = 0;       // The likeliest tokens reported at each position; in [0, 20].
  bool score_prompt = false;  // FinishedResponse::prompt_scores is wanted.
};

struct TokenLogprob {
  int32_t token = -1;
  float log_probability = 0;  // Nats.
};

// A token in its place, and what was likeliest there.
struct ScoredToken {
  int32_t token = -1;
  float log_probability = 0;            // Nats; see sampler.h.
  std::vector<TokenLogprob> likeliest;  // As many as top_logprobs asks for, the likeliest first.
};

// Its text is empty: the engine knows tokens only. It stops also where on_token ends it.
struct FinishedResponse : Response {
  uint64_t key = 0;
  uint32_t sample = 0;
  // One list a token when top_logprobs is set, else empty.
  std::vector<std::vector<TokenLogprob>> likeliest;
  // With score_prompt: the prompt's tokens, shared by its responses. At temperature 1; the first
  // token has nothing before it: its log-probability is 0 and it has no likeliest ones.
  std::shared_ptr<const std::vector<ScoredToken>> prompt_scores;
};

// Some responses to one prompt, which is computed once for them all.
struct GenerationRequest {
  uint64_t key = 0;               // Takes the place of the task in the random numbers.
  std::vector<int32_t> prompt;    // At least one token.
  std::vector<uint32_t> samples;  // Numbers of the responses to make; at least one.
  GenerationSettings settings;
  std::vector<int32_t> stop_tokens;  // At most kMaxStopTokens.
  // Both are called on the engine's thread and must not block; on_token may be null. on_token
  // returns whether the response ends with this token.
  std::function<bool(uint32_t sample, const ScoredToken& token)> on_token;
  // Once a sample: the response, CANCELLED after Cancel() or Stop(), or INTERNAL when the model
  // gave no finite numbers.
  std::function<void(uint32_t sample, absl::StatusOr<FinishedResponse>)> on_done;
};

struct EngineStatus {
  WeightsId serving;
  int running = 0;                // Sequences being decoded.
  int waiting = 0;                // Responses of requests that have not begun.
  uint64_t generated_tokens = 0;  // Since Create().
  bool swap_waiting = false;      // New weights wait for running responses to end.
  absl::Duration busy;            // Time spent in Step(), since Create().
};

// Thread-safe, but Step() and Start() exclude each other.
class Engine {
 public:
  // Loads the model of `folder` and serves it as version 0 of `run`. Errors: those of
  // ReadArchitecture() and LoadWeights(); INVALID_ARGUMENT: an option out of range, deterministic
  // bf16; UNAVAILABLE: no such device. Sets Torch's thread count.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(const std::string& folder,
                                                        const std::string& run,
                                                        const EngineOptions& options);
  // Stop()s.
  virtual ~Engine() = default;

  // Queues a request; first come, first served. Returns a number for Cancel().
  // INVALID_ARGUMENT: an empty prompt, a token outside the vocabulary, a prompt that leaves no room
  // for a token in the model's context, settings out of range. UNAVAILABLE: stopped. Responses are
  // also cut at the end of the model's context.
  virtual absl::StatusOr<uint64_t> Submit(GenerationRequest request) = 0;

  // Drops what is left of a request; its unfinished samples end as CANCELLED.
  virtual void Cancel(uint64_t request) = 0;

  // Swaps the weights once no response is running; until then no new response begins (the policy
  // `finish`). Blocks until the swap or `deadline`, other callers' swaps included. Returns what is
  // served afterwards; its digest was held against the tensors that came, before they serve.
  // FAILED_PRECONDITION: older than what is served, or of another model. DEADLINE_EXCEEDED: running
  // responses or another swap did not end in time. DATA_LOSS: the tensors have another digest.
  // Equal version and digest: OK at once.
  virtual absl::StatusOr<WeightsId> SwapWeights(WeightsId version, PackedWeights weights,
                                                absl::Time deadline) = 0;

  // One turn: a waiting swap, new sequences, one token for every running one. False when there was
  // nothing to do. For tests and single-threaded use.
  virtual bool Step() = 0;

  // Runs Step() on a thread of its own until Stop(), which cancels what is left.
  virtual void Start() = 0;
  virtual void Stop() = 0;

  virtual EngineStatus Status() const = 0;
  virtual const Architecture& architecture() const = 0;
};

}  // namespace hir

#endif  // HIR_GENERATE_ENGINE_H_
