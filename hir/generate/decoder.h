// Computes logits of many sequences at once over cached keys and values.
#ifndef HIR_GENERATE_DECODER_H_
#define HIR_GENERATE_DECODER_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>

#include "absl/types/span.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"

namespace hir {

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

// Not thread-safe: one Forward() at a time. Throws what Torch throws, for example when memory runs
// out.
class Decoder {
 public:
  virtual ~Decoder() = default;

  // An empty state that continues `prefix` (null: a new sequence) and keeps it alive. The state
  // must not outlive the decoder.
  virtual std::unique_ptr<KvState> NewState(std::shared_ptr<const KvState> prefix) = 0;

  // Appends each row to its state, in order: rows of one state are consecutive tokens of it.
  // Returns logits [wanted.size(), vocab_size] float32 on the CPU for the rows with the indices
  // `wanted`. The result is overwritten by the next call. REQUIRES: tokens in the vocabulary; no
  // state longer than max_position.
  virtual at::Tensor Forward(absl::Span<const DecodeRow> rows,
                             absl::Span<const int64_t> wanted) = 0;
};

// A CPU decoder that computes in the weights' own type (float32 or bfloat16). Copies what it needs
// of `weights` into its own layout. With `fixed_rows` > 0 every Forward() computes that many rows,
// so that a row's values do not depend on the number of rows. REQUIRES in that case: at most
// `fixed_rows` rows per call.
std::unique_ptr<Decoder> MakeCpuDecoder(const Architecture& architecture,
                                        const ModelWeights& weights, int64_t fixed_rows = 0);

}  // namespace hir

#endif  // HIR_GENERATE_DECODER_H_
