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

// Keys and values of a run of tokens that may continue another's. Made by one Decoder and used
// with that one only. A state that others continue must not grow any more.
class KvState {
 public:
  virtual ~KvState() = default;
  // Tokens, those of the prefix counted.
  int64_t tokens() const { return tokens_; }

 protected:
  explicit KvState(int64_t tokens) : tokens_(tokens) {}
  int64_t tokens_;
};

// One token to compute; it becomes the last of `state`.
struct DecodeRow {
  int32_t token;
  KvState* state;
  // Of a prompt's token: how many the whole prompt has. Some rope types look at that; see
  // hir/model/rope.h.
  int64_t prompt_tokens = 0;
};

// Not thread-safe: one Forward() at a time. Throws what Torch throws (memory).
class Decoder {
 public:
  virtual ~Decoder() = default;

  // An empty state that continues `prefix` (null: a new sequence) and keeps it alive. The state
  // must not outlive the decoder.
  virtual std::unique_ptr<KvState> NewState(std::shared_ptr<const KvState> prefix) = 0;

  // Appends each row to its state, in order: rows of one state are consecutive tokens of it.
  // Returns logits [wanted.size(), vocab_size] float32 on the CPU, of the rows whose indices
  // `wanted` lists. The result is overwritten by the next call. REQUIRES: tokens in the vocabulary;
  // no state longer than max_position.
  virtual at::Tensor Forward(absl::Span<const DecodeRow> rows,
                             absl::Span<const int64_t> wanted) = 0;
};

// A decoder of the weights' own type (float32 or bfloat16) on the CPU. Copies what it needs of
// `weights` into its own layout. `fixed_rows` > 0 computes that many rows in every Forward(), so
// that a row's numbers can't depend on how many there are. REQUIRES: at most `fixed_rows` rows a
// call then.
std::unique_ptr<Decoder> MakeCpuDecoder(const Architecture& architecture,
                                        const ModelWeights& weights, int64_t fixed_rows = 0);

}  // namespace hir

#endif  // HIR_GENERATE_DECODER_H_
