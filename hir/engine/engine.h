// Generates responses with continuous batching: sequences of many requests are decoded together,
// and a new one joins as soon as another ends. Free of Torch and of protos.
#ifndef HIR_ENGINE_ENGINE_H_
#define HIR_ENGINE_ENGINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hir/base/compute_choices.h"
#include "hir/domain/entropy_source.h"
#include "hir/domain/response.h"
#include "hir/domain/weights_id.h"
#include "hir/model_folder/architecture.h"
#include "hir/weights/packed_weights.h"

namespace hir {

// Options that hold for the life of an engine.
struct EngineOptions {
  Dtype dtype;                // Of weights and cache.
  DeviceChoice device;        // kAuto: a GPU if there is one.
  int max_running_sequences;  // Sequences decoded together; > 0.
  int threads = 0;            // Torch's threads in the process; 0 = leave the number as it is.
  // The same tokens whatever else is in the batch. f32 on the CPU only.
  bool deterministic = false;
  // For keys and values of all running sequences and their prompts. 0 = a quarter of the memory of
  // the machine, which is taken only as it is used, or of the GPU, which is taken at once.
  int64_t kv_cache_bytes = 0;
  // Whether running responses go on when weights are swapped; see SwapWeights().
  bool keep_on_swap = false;
  // How many workers divide the memory of that quarter; > 0.
  int cache_sharers = 1;
};

// The most tokens that GenerationSettings::top_logprobs can ask for.
inline constexpr int kMaxTopLogprobs = 20;
// The most stop tokens of a request; min_tokens excludes them and must leave some token to draw.
inline constexpr int kMaxStopTokens = 128;

// How the responses of one request are drawn.
struct GenerationSettings {
  double temperature = 1.0;     // >= 0; 0 takes the likeliest token.
  double top_p = 1.0;           // In (0, 1].
  int top_k = 0;                // >= 0; 0 = all.
  int max_response_tokens = 0;  // Must be set, >= 1; includes the stop token.
  uint64_t seed = 0;  // Of the run: random numbers are UniformAt(seed, key, sample, position).
  // No stop token is drawn before this many others; >= 0. Until then, log-probabilities are those
  // of the rest of the vocabulary.
  int min_tokens = 0;
  int top_logprobs = 0;  // How many of the likeliest tokens to report per position; in [0, 20].
  bool score_prompt = false;  // Whether to set FinishedResponse::prompt_scores.
};

// A token and its log-probability.
struct TokenLogprob {
  int32_t token = -1;
  float log_probability = 0;  // Nats.
};

// A token, its score, and the likeliest tokens at its position.
struct ScoredToken {
  int32_t token = -1;
  float log_probability = 0;            // Nats; see sampler.h.
  std::vector<TokenLogprob> likeliest;  // As many as top_logprobs asks for, the likeliest first.
};

// `text` is empty, since the engine has only tokens. finish_reason is kStop also when on_token
// ended the response.
struct FinishedResponse : Response {
  uint64_t key = 0;
  uint32_t sample = 0;
  // One list per token when top_logprobs is set, else empty.
  std::vector<std::vector<TokenLogprob>> likeliest;
  // With score_prompt: scores of the prompt's tokens at temperature 1, shared by its responses. The
  // first token, which follows nothing, has log-probability 0 and no likeliest tokens.
  std::shared_ptr<const std::vector<ScoredToken>> prompt_scores;
};

// A request for responses to one prompt, which is computed once for all of them.
struct GenerationRequest {
  uint64_t key = 0;               // Stands for the task in the random numbers.
  std::vector<int32_t> prompt;    // At least one token.
  std::vector<uint32_t> samples;  // Numbers of the responses to make; at least one.
  GenerationSettings settings;
  std::vector<int32_t> stop_tokens;  // At most kMaxStopTokens.
  // Both callbacks run on the engine's threads and must not block; those of one request never run
  // at once. on_token may be null. on_token returns whether the response ends with this token.
  std::function<bool(uint32_t sample, const ScoredToken& token)> on_token;
  // Called once per sample, with the response, CANCELLED after Cancel() or Stop(), INTERNAL if the
  // model's logits were not finite, or the error of an engine that failed.
  std::function<void(uint32_t sample, absl::StatusOr<FinishedResponse>)> on_done;
};

// A snapshot of the engine.
struct EngineStatus {
  WeightsId serving;
  int running = 0;                // Responses that have begun.
  int waiting = 0;                // Responses that have not begun.
  uint64_t generated_tokens = 0;  // Since it was made.
  bool swap_waiting = false;      // A swap of weights waits for running responses to end.
  absl::Duration busy;            // Time spent generating, since it was made.
  int64_t cache_tokens = 0;       // Tokens for which the cache has room; 0 = not known.
  int64_t cache_free_tokens = 0;  // Those that no prompt or response holds.
  // False until the engine has been proven to have the run's weights, and once it has failed: no
  // tasks should be leased for it. Requests wait for the proof. An engine in this process is always
  // ready.
  bool ready = true;
  // An error: the engine can't go on and fails every request; its worker must end with it.
  absl::Status health = {};
};

// Thread-safe.
class Engine {
 public:
  // Calls Stop().
  virtual ~Engine() = default;

  // Queues a request; first come, first served. Returns a number for Cancel().
  // INVALID_ARGUMENT: an empty prompt, a token outside the vocabulary, a prompt that leaves no room
  // for a token in the model's context, a prompt and response that the cache can't hold, settings
  // out of range or beyond this engine. UNAVAILABLE: stopped. Responses also end where the model's
  // context does.
  virtual absl::StatusOr<uint64_t> Submit(GenerationRequest request) = 0;

  // Drops the rest of a request; its unfinished samples end as CANCELLED.
  virtual void Cancel(uint64_t request) = 0;

  // Swaps the weights. By default once no response is running, and until then no new response
  // begins (the policy `finish`). With keep_on_swap between two tokens (`keep`): running responses
  // go on with the new weights, over the keys and values that the old ones cached, and their spans
  // say which token came from which weights; prompts are computed again for responses that have not
  // begun. Weights whose version is below the served one, of a learner that went back to a
  // checkpoint, are always swapped as by `finish`.
  //
  // Blocks until the swap or `deadline`, waiting for other callers' swaps too. Verifies the digest
  // of the received tensors before they are used, on the caller's thread. Returns what is served
  // afterwards. FAILED_PRECONDITION: older than what is served, or of another model.
  // DEADLINE_EXCEEDED: running responses or another swap did not end in time. DATA_LOSS: the
  // tensors have another digest. Returns OK at once if version and digest are already served.
  virtual absl::StatusOr<WeightsId> SwapWeights(WeightsId version, PackedWeights weights,
                                                absl::Time deadline) = 0;

  // Generates on a separate thread until Stop(), which cancels everything unfinished.
  virtual void Start() = 0;
  virtual void Stop() = 0;

  virtual EngineStatus Status() const = 0;
  virtual const Architecture& architecture() const = 0;

  // INVALID_ARGUMENT: the engine's cache can't hold a prompt and a response of so many tokens; the
  // response counts as far as the model's context reaches.
  virtual absl::Status CheckLengths(int64_t prompt_tokens, int64_t response_tokens) const {
    return absl::OkStatus();
  }

  // Of its responses' entropies; kSampled if it does not compute them.
  virtual EntropySource entropy_source() const = 0;
};

}  // namespace hir

#endif  // HIR_ENGINE_ENGINE_H_
