// Computes tokens of many sequences at once over cached keys and values, and draws the next ones.
// Logits are as wide as the vocabulary, so they stay where they are computed. Free of Torch.
#ifndef HIR_GENERATE_DECODER_H_
#define HIR_GENERATE_DECODER_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/engine/engine.h"
#include "hir/generate/sampler.h"
#include "hir/generate/step_profile.h"
#include "hir/model_folder/architecture.h"

namespace hir {

struct ModelWeights;

// Keys and values of a run of tokens, which may continue another state. Created by a Decoder and
// used only with it. A state that others continue must not grow any more.
class KvState {
 public:
  virtual ~KvState() = default;
  // Number of tokens, including the prefix.
  int64_t tokens() const { return tokens_; }

 protected:
  explicit KvState(int64_t tokens) : tokens_(tokens) {}
  int64_t tokens_;
};

// One token to compute; it becomes the last of `state`.
struct DecodeRow {
  int32_t token;
  KvState* state;
  // For a token of a prompt, the length of the whole prompt, on which some rope types depend; see
  // hir/model/rope.h.
  int64_t prompt_tokens = 0;
};

// The cache has a fixed number of pages of page_tokens() tokens each. A state holds the pages for
// all tokens that it may ever have, so that a sequence that has begun never runs out of them.
//
// Not thread-safe: one call at a time. Throws what Torch throws, for example when memory runs out.
class Decoder {
 public:
  virtual ~Decoder() = default;

  // Replaces the weights by others of the same architecture and type, in place: copies what it
  // needs of them into its own layout and keeps nothing else. States survive; their keys and values
  // are those of the weights that computed them. If it throws, the old weights are still there.
  virtual void SetWeights(const ModelWeights& weights) = 0;

  // An empty state that continues `prefix` (null: a new sequence) and keeps it alive. Holds pages
  // for `max_tokens` tokens of its own until it is destroyed. The state must not outlive the
  // decoder. REQUIRES: FreeTokens() >= RoundUpToPage(max_tokens).
  virtual std::unique_ptr<KvState> NewState(std::shared_ptr<const KvState> prefix,
                                            int64_t max_tokens) = 0;

  // Appends each row to its state, in order: rows of one state are consecutive tokens of it. Then
  // draws for `wanted`, whose rows are indices into `rows`, in their order into `draws`. One pass
  // over the model. REQUIRES: tokens in the vocabulary; no state longer than its max_tokens or
  // max_position; draws.size() == wanted.size().
  virtual void Step(absl::Span<const DecodeRow> rows, absl::Span<const DrawRequest> wanted,
                    absl::Span<Draw> draws) = 0;

  // Where the time of all steps went; zeros from a decoder that does not measure it.
  virtual StepProfile Profile() const { return {}; }

  // Tokens for which no state holds pages; a multiple of page_tokens().
  virtual int64_t FreeTokens() const = 0;
  // Tokens of the whole cache; a multiple of page_tokens().
  virtual int64_t CapacityTokens() const = 0;
  virtual int64_t page_tokens() const = 0;

  // Tokens of the pages that `tokens` tokens of one state take.
  int64_t RoundUpToPage(int64_t tokens) const {
    return (tokens + page_tokens() - 1) / page_tokens() * page_tokens();
  }
};

// The decoder that `options` ask for. INVALID_ARGUMENT: the cache has no room for one page.
// RESOURCE_EXHAUSTED: there is not enough memory.
absl::StatusOr<std::unique_ptr<Decoder>> MakeDecoder(const Architecture& architecture,
                                                     const ModelWeights& weights,
                                                     const EngineOptions& options);

}  // namespace hir

#endif  // HIR_GENERATE_DECODER_H_
