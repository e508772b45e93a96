// Attention of the CPU decoder over the pages of its cache.
#ifndef HIR_GENERATE_CPU_ATTENTION_H_
#define HIR_GENERATE_CPU_ATTENTION_H_

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "hir/base/thread_team.h"
#include "hir/generate/buffer.h"
#include "hir/generate/cpu_weights.h"
#include "hir/generate/decoder.h"
#include "hir/generate/kv_cache.h"
#include "hir/kernels/decode.h"
#include "hir/kernels/dispatch.h"
#include "hir/model/rope.h"
#include "hir/model_folder/architecture.h"

namespace hir {

// The shape of a page for this architecture.
PageShape PageShapeOf(const Architecture& architecture);

// Knows where the rows of a step are in their sequences and in the cache, and computes their
// attention in every layer. A row's results depend on its own sequence only. `T` is float or
// kernels::Bf16; the states of rows are PagedState<T>. One step at a time.
template <typename T>
class CpuAttention {
 public:
  // `team` must outlive it.
  CpuAttention(const Architecture& architecture, ThreadTeam& team);

  // Begins a step: appends each row to its state, and makes room for what follows. Throws
  // std::bad_alloc.
  void Place(absl::Span<const DecodeRow> rows);

  // The rest is called by all members of the team, none of which throws.

  // Prepares the rotation of the rows of `share`. For all rows before the first Attend().
  void PrepareRotation(const Share& share);

  // out [rows, heads D] = attention in layer `l`, whose norms `layer` has, of qkv
  // [rows, (heads + 2 kv_heads) D]. Norms and rotates queries and keys in place, and stores keys
  // and values in the cache. Has one barrier within; the caller has others before and after it.
  void Attend(int member, int64_t l, const typename CpuWeights<T>::Layer& layer, T* qkv, T* out);

 private:
  struct Row {
    PagedState<T>* state;
    int64_t position;
  };
  // What one member needs to compute attention.
  struct Scratch {
    std::vector<kernels::KvSegment<T>> segments;
    Buffer<char> memory;
  };
  // Consecutive rows of one state whose attention is computed together.
  struct QueryBlock {
    int64_t first_row;
    int64_t rows;
    std::vector<std::pair<const T*, int>> context;  // Pages of the last of them.
  };

  int64_t qkv_width() const {
    return (architecture_.heads + 2 * architecture_.kv_heads) * architecture_.head_dim;
  }
  int64_t out_width() const { return architecture_.heads * architecture_.head_dim; }
  int64_t count() const { return static_cast<int64_t>(rows_.size()); }

  void AddQueryBlocks(int64_t first_row, int64_t rows);
  void NormQueriesAndKeys(const typename CpuWeights<T>::Layer& layer, T* heads) const;
  void RotateAndStore(int64_t l, const typename CpuWeights<T>::Layer& layer, int64_t row, T* heads);
  void AttendBlock(int64_t l, const QueryBlock& block, int64_t kv_head, const T* qkv, T* out,
                   Scratch& scratch) const;

  const Architecture architecture_;
  const kernels::DecodeKernels<T>& kernels_ = kernels::CpuKernels<kernels::DecodeKernels<T>>();
  ThreadTeam& team_;
  const PageShape shape_;
  const LayerRopes ropes_;
  const float epsilon_;

  // Of the current step.
  std::vector<Row> rows_;
  std::vector<RopePlace> places_;  // Of rows_.
  std::vector<QueryBlock> query_blocks_;
  Buffer<float> cos_[2], sin_[2];      // [rows, D / 2], by HasSlidingRope().
  std::vector<Scratch> scratch_;       // By member of the team.
  std::atomic<int64_t> next_unit_{0};  // Of the work that members take as they come.
};

}  // namespace hir

#endif  // HIR_GENERATE_CPU_ATTENTION_H_
