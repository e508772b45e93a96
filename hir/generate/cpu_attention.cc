#include "hir/generate/cpu_attention.h"

#include <algorithm>

namespace hir {
namespace {

using kernels::AttentionScratch;
using kernels::kPageTokens;

// Tokens of one sequence whose attention is computed together, so that they read a page once: their
// query heads are at most this many, and their scores at most this much, so that they stay in the
// cache of a core.
constexpr int64_t kMostQueryHeads = 24;
constexpr int64_t kMostScoreBytes = 256 << 10;

}  // namespace

PageShape PageShapeOf(const Architecture& architecture) {
  return {architecture.kv_heads, architecture.head_dim, architecture.layers};
}

template <typename T>
CpuAttention<T>::CpuAttention(const Architecture& architecture, ThreadTeam& team)
    : architecture_(architecture),
      team_(team),
      shape_(PageShapeOf(architecture)),
      ropes_(architecture),
      epsilon_(static_cast<float>(architecture.rms_norm_eps)),
      scratch_(team.size()) {}

template <typename T>
void CpuAttention<T>::Place(absl::Span<const DecodeRow> rows) {
  rows_.clear();
  places_.clear();
  query_blocks_.clear();
  int64_t first = 0;  // Of the rows of the same state.
  for (const DecodeRow& row : rows) {
    auto* state = static_cast<PagedState<T>*>(row.state);
    if (!rows_.empty() && rows_.back().state != state) {
      AddQueryBlocks(first, count() - first);
      first = count();
    }
    state->Grow();
    const int64_t position = state->tokens() - 1;
    rows_.push_back({state, position});
    places_.push_back({position, std::max(position + 1, row.prompt_tokens)});
  }
  AddQueryBlocks(first, count() - first);
  const Architecture& a = architecture_;
  for (Buffer<float>* turns : {&cos_[0], &cos_[1], &sin_[0], &sin_[1]}) {
    turns->Rows(count(), a.head_dim / 2);
  }
  // Here, since members of the team must not throw.
  int64_t scratch_bytes = 0;
  for (const QueryBlock& block : query_blocks_) {
    scratch_bytes =
        std::max(scratch_bytes, AttentionScratch(block.rows, a.heads / a.kv_heads, a.head_dim,
                                                 static_cast<int64_t>(block.context.size())));
  }
  for (Scratch& scratch : scratch_) scratch.memory.Rows(scratch_bytes, 1);
}

template <typename T>
void CpuAttention<T>::AddQueryBlocks(int64_t first_row, int64_t rows) {
  const int64_t group = architecture_.heads / architecture_.kv_heads;
  const int64_t context = rows_.empty() ? 0 : rows_.back().position + 1;
  const int64_t score_bytes = (context + kPageTokens) * static_cast<int64_t>(sizeof(float));
  const int64_t most =
      std::max<int64_t>(1, std::min(kMostQueryHeads, kMostScoreBytes / score_bytes) / group);
  for (int64_t row = first_row; row < first_row + rows; row += most) {
    QueryBlock block{row, std::min(most, first_row + rows - row), {}};
    const Row& last = rows_[row + block.rows - 1];
    last.state->AppendPages(last.position + 1, block.context);
    query_blocks_.push_back(std::move(block));
  }
}

template <typename T>
void CpuAttention<T>::PrepareRotation(const Share& share) {
  const int64_t half = architecture_.head_dim / 2;
  // So few at once are computed on this thread, without Torch's others.
  constexpr int64_t kMostAngles = 64;
  for (int64_t begin = share.begin; begin < share.end; begin += kMostAngles) {
    const int64_t rows = std::min(kMostAngles, share.end - begin);
    const std::vector<RopeTable> tables =
        ropes_.Tables(absl::MakeSpan(places_).subspan(begin, rows), at::kFloat);
    for (size_t i = 0; i < tables.size(); ++i) {
      std::copy_n(tables[i].cos.const_data_ptr<float>(), rows * half,
                  cos_[i].data() + begin * half);
      std::copy_n(tables[i].sin.const_data_ptr<float>(), rows * half,
                  sin_[i].data() + begin * half);
    }
  }
}

// `heads` are the queries and keys of one row.
template <typename T>
void CpuAttention<T>::NormQueriesAndKeys(const typename CpuWeights<T>::Layer& layer,
                                         T* heads) const {
  const Architecture& a = architecture_;
  if (a.qk_norm == QkNorm::kNone) return;
  const auto norm = [&](T* x, int64_t count, const std::vector<float>& weight) {
    // A norm of the whole projection is one of a single head that is as wide.
    const int64_t size = a.qk_norm == QkNorm::kPerHead ? a.head_dim : count * a.head_dim;
    for (T* head = x; head < x + count * a.head_dim; head += size) {
      kernels_.rms_norm(head, weight.data(), size, epsilon_, head);
    }
  };
  norm(heads, a.heads, layer.q_norm);
  norm(heads + a.heads * a.head_dim, a.kv_heads, layer.k_norm);
}

template <typename T>
void CpuAttention<T>::RotateAndStore(int64_t l, const typename CpuWeights<T>::Layer& layer,
                                     int64_t row, T* heads) {
  const Architecture& a = architecture_;
  const int64_t size = a.head_dim;
  NormQueriesAndKeys(layer, heads);
  const bool kind = HasSlidingRope(a, l);
  for (int64_t h = 0; h < a.heads + a.kv_heads; ++h) {
    kernels_.rope(heads + h * size, cos_[kind].data() + row * size / 2,
                  sin_[kind].data() + row * size / 2, static_cast<int>(size));
  }
  const Row& place = rows_[row];
  T* page = place.state->PageOf(place.position);
  const int slot = place.state->SlotOf(place.position);
  for (int64_t h = 0; h < a.kv_heads; ++h) {
    const T* key = heads + (a.heads + h) * size;
    T* keys = page + shape_.Keys(l, h);
    for (int64_t i = 0; i < size; ++i) keys[kernels::KeyOffset<T>(slot, i)] = key[i];
    std::copy_n(key + a.kv_heads * size, size, page + shape_.Values(l, h) + slot * size);
  }
}

template <typename T>
void CpuAttention<T>::AttendBlock(int64_t l, const QueryBlock& block, int64_t kv_head, const T* qkv,
                                  T* out, Scratch& scratch) const {
  const Architecture& a = architecture_;
  const int64_t group = a.heads / a.kv_heads;
  const int64_t window = AttentionWindow(a, l);
  // Tokens before the window of the first row, whose pages no row needs.
  int64_t unseen = window > 0 ? rows_[block.first_row].position + 1 - window : 0;
  scratch.segments.clear();
  for (const auto& [page, tokens] : block.context) {
    if (unseen >= tokens) {
      unseen -= tokens;
      continue;
    }
    unseen = 0;
    scratch.segments.push_back(
        {page + shape_.Keys(l, kv_head), page + shape_.Values(l, kv_head), tokens});
  }
  const int64_t segments = static_cast<int64_t>(scratch.segments.size());
  kernels_.attend({.queries = qkv + block.first_row * qkv_width() + kv_head * group * a.head_dim,
                   .query_stride = qkv_width(),
                   .rows = static_cast<int>(block.rows),
                   .group = static_cast<int>(group),
                   .head_size = static_cast<int>(a.head_dim),
                   .segments = scratch.segments.data(),
                   .segment_count = segments,
                   .scale = static_cast<float>(AttentionScale(a)),
                   .window = window,
                   .out = out + block.first_row * out_width() + kv_head * group * a.head_dim,
                   .out_stride = out_width()},
                  scratch.memory.data());
}

template <typename T>
void CpuAttention<T>::Attend(int member, int64_t l, const typename CpuWeights<T>::Layer& layer,
                             T* qkv, T* out) {
  const Share share = ShareOf(count(), member, team_.size());
  for (int64_t r = share.begin; r < share.end; ++r) {
    RotateAndStore(l, layer, r, qkv + r * qkv_width());
  }
  // No member takes units now: those of the layer before are taken.
  if (member == 0) next_unit_.store(0, std::memory_order_relaxed);
  team_.Barrier();
  const int64_t kv_heads = architecture_.kv_heads;
  const int64_t blocks = static_cast<int64_t>(query_blocks_.size());
  // All heads of a block lie side by side in its pages; few blocks are divided by head.
  const int64_t heads = blocks >= 4 * team_.size() ? kv_heads : 1;
  // Taken as they come, since contexts are of different length.
  for (int64_t unit;
       (unit = next_unit_.fetch_add(1, std::memory_order_relaxed)) * heads < blocks * kv_heads;) {
    for (int64_t i = unit * heads; i < (unit + 1) * heads; ++i) {
      AttendBlock(l, query_blocks_[i / kv_heads], i % kv_heads, qkv, out, scratch_[member]);
    }
  }
}

template class CpuAttention<float>;
template class CpuAttention<kernels::Bf16>;

}  // namespace hir
