#include "hir/generate/cpu_decoder.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/base/thread_team.h"
#include "hir/generate/cpu_weights.h"
#include "hir/generate/kv_cache.h"
#include "hir/generate/large_memory.h"
#include "hir/generate/packed_linear.h"
#include "hir/kernels/decode.h"
#include "hir/kernels/dispatch.h"
#include "hir/model/rope.h"
#include "hir/model/weights.h"

namespace hir {
namespace {

using kernels::AttentionScratch;
using kernels::Bf16;
using kernels::CpuKernels;
using kernels::DecodeKernels;
using kernels::kPageTokens;
using kernels::KvSegment;

// Tokens of one sequence whose attention is computed together, so that they read a page once: their
// query heads are at most this many, and their scores at most this much, so that they stay in the
// cache of a core.
constexpr int64_t kMostQueryHeads = 24;
constexpr int64_t kMostScoreBytes = 256 << 10;

PageShape ShapeOf(const Architecture& architecture) {
  return {architecture.kv_heads, architecture.head_dim, architecture.layers};
}

// Rows of activations. Their old content is lost when they grow.
template <typename T>
class Buffer {
 public:
  T* Rows(int64_t rows, int64_t width) {
    const size_t bytes = static_cast<size_t>(rows * width) * sizeof(T);
    if (bytes > memory_.size()) memory_ = LargeMemory(bytes);
    return data();
  }
  T* data() const { return static_cast<T*>(memory_.data()); }

 private:
  LargeMemory memory_;
};

template <typename T>
class CpuDecoder : public Decoder {
 public:
  CpuDecoder(const Architecture& architecture, const ModelWeights& weights, int32_t pages);

  void SetWeights(const ModelWeights& weights) override { weights_.Set(weights, team_); }
  std::unique_ptr<KvState> NewState(std::shared_ptr<const KvState> prefix,
                                    int64_t max_tokens) override {
    return std::make_unique<PagedState<T>>(
        memory_, std::static_pointer_cast<const PagedState<T>>(std::move(prefix)), max_tokens);
  }
  void Step(absl::Span<const DecodeRow> rows, absl::Span<const DrawRequest> wanted,
            absl::Span<Draw> draws) override;
  StepProfile Profile() const override { return profile_; }
  int64_t FreeTokens() const override { return memory_.allocator().free() * kPageTokens; }
  int64_t CapacityTokens() const override { return memory_.allocator().capacity() * kPageTokens; }
  int64_t page_tokens() const override { return kPageTokens; }

 private:
  using Pages = std::vector<std::pair<const T*, int>>;
  struct Row {
    int32_t token;
    PagedState<T>* state;
    int64_t position;
  };
  // What one member needs to compute attention.
  struct Scratch {
    std::vector<KvSegment<T>> segments;
    Buffer<char> memory;
  };
  // Consecutive rows of one state whose attention is computed together.
  struct QueryBlock {
    int64_t first_row;
    int64_t rows;
    Pages context;  // Of the last of them.
  };

  int64_t width() const { return architecture_.hidden_size; }
  int64_t qkv_width() const {
    return (architecture_.heads + 2 * architecture_.kv_heads) * architecture_.head_dim;
  }
  int64_t attended_width() const { return architecture_.heads * architecture_.head_dim; }
  int64_t TakeUnit() { return next_unit_.fetch_add(1, std::memory_order_relaxed); }
  int64_t count() const { return static_cast<int64_t>(rows_.size()); }

  // The caller's part of a step.
  void Place(absl::Span<const DecodeRow> rows);
  void PlaceLines(absl::Span<const DrawRequest> wanted);
  void AddQueryBlocks(int64_t first_row, int64_t rows);

  // The parts of a step that all members of the team compute together.
  void Pass(int member, absl::Span<Draw> draws);
  void Embed(int member);
  const T* Norm(int member, const T* x, const std::vector<float>& norm, int64_t rows);
  void AddResult(int member, const PackedLinear<T>& product, const T* in,
                 const std::vector<float>& norm, T* x, int64_t rows, const PackedLinear<T>* next);
  void NormQueriesAndKeys(int64_t layer, T* heads);
  void Rotate(int64_t layer, int64_t row);
  void Attend(int member, int64_t layer);
  void AttendBlock(int64_t layer, const QueryBlock& block, int64_t kv_head, Scratch& scratch);
  void KeepLines(int member);
  // Ends a part: waits for all members, and adds the caller's time since the last part to `spent`.
  void EndPart(int member, absl::Duration& spent);

  const Architecture architecture_;
  const DecodeKernels<T>& kernels_ = CpuKernels<DecodeKernels<T>>();
  ThreadTeam team_;
  PageShape shape_;
  PageMemory memory_;
  const LayerRopes ropes_;
  const float epsilon_;
  const float embedding_scale_;  // Rounded to T.

  CpuWeights<T> weights_;

  // Of the current step.
  std::vector<Row> rows_;
  std::vector<RopePlace> places_;  // Of rows_.
  std::vector<QueryBlock> query_blocks_;
  std::vector<int64_t> lines_;         // The rows that draws are from.
  std::vector<DrawRequest> requests_;  // Whose `row` is an index into lines_.
  std::atomic<int64_t> next_unit_{0};  // Of the work that members take as they come.
  Buffer<T> x_;                        // [rows, H]: the residual stream.
  Buffer<T> normed_;                   // [rows, H]
  Buffer<T> qkv_;                      // [rows, (heads + 2 kv_heads) D]
  Buffer<T> attended_;                 // [rows, heads D]
  Buffer<T> hidden_;                   // [rows, I]
  Buffer<T> result_;                   // [rows, H]: of attention or MLP, where it is normed.
  Buffer<T> line_x_, line_attended_;   // x and attended of lines_.
  Buffer<float> cos_[2], sin_[2];      // [rows, D / 2], by HasSlidingRope().
  Buffer<float> logits_;               // [lines, vocabulary]
  std::vector<Scratch> scratch_;       // By member of the team.

  StepProfile profile_;
  absl::Time part_began_;
};

template <typename T>
CpuDecoder<T>::CpuDecoder(const Architecture& architecture, const ModelWeights& weights,
                          int32_t pages)
    : architecture_(architecture),
      team_(at::get_num_threads()),
      shape_(ShapeOf(architecture)),
      memory_(shape_.Elements() * static_cast<int64_t>(sizeof(T)), pages),
      ropes_(architecture),
      epsilon_(static_cast<float>(architecture.rms_norm_eps)),
      embedding_scale_(at::scalar_tensor(architecture.embedding_scale, weights.embedding.options())
                           .item<float>()),
      weights_(architecture),
      scratch_(team_.size()) {
  weights_.Set(weights, team_);
}

// Assigns each row its place in the cache and in its sequence, and rows to blocks.
template <typename T>
void CpuDecoder<T>::Place(absl::Span<const DecodeRow> rows) {
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
    rows_.push_back({row.token, state, position});
    places_.push_back({position, std::max(position + 1, row.prompt_tokens)});
  }
  AddQueryBlocks(first, count() - first);
  const Architecture& a = architecture_;
  x_.Rows(count(), width());
  normed_.Rows(count(), width());
  qkv_.Rows(count(), qkv_width());
  attended_.Rows(count(), attended_width());
  hidden_.Rows(count(), a.intermediate_size);
  if (a.norms != NormPlacement::kBefore) result_.Rows(count(), width());
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
void CpuDecoder<T>::AddQueryBlocks(int64_t first_row, int64_t rows) {
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

// Gives each row that draws are from one line of logits.
template <typename T>
void CpuDecoder<T>::PlaceLines(absl::Span<const DrawRequest> wanted) {
  lines_.clear();
  requests_.assign(wanted.begin(), wanted.end());
  std::vector<int64_t> line_of(rows_.size(), -1);
  for (DrawRequest& request : requests_) {
    int64_t& line = line_of[request.row];
    if (line < 0) {
      line = static_cast<int64_t>(lines_.size());
      lines_.push_back(request.row);
    }
    request.row = line;
  }
  const int64_t lines = static_cast<int64_t>(lines_.size());
  line_x_.Rows(lines, width());
  line_attended_.Rows(lines, attended_width());
  logits_.Rows(lines, architecture_.vocab_size);
}

template <typename T>
void CpuDecoder<T>::Embed(int member) {
  const int64_t half = architecture_.head_dim / 2;
  const Share share = ShareOf(count(), member, team_.size());
  for (int64_t r = share.begin; r < share.end; ++r) {
    T* x = x_.data() + r * width();
    weights_.CopyEmbedding(rows_[r].token, x);
    if (embedding_scale_ != 1) kernels_.scale(x, embedding_scale_, width());
  }
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

// Returns the rows of `x`, normed if there is a norm.
template <typename T>
const T* CpuDecoder<T>::Norm(int member, const T* x, const std::vector<float>& norm, int64_t rows) {
  if (norm.empty()) return x;
  const Share share = ShareOf(rows, member, team_.size());
  for (int64_t r = share.begin; r < share.end; ++r) {
    kernels_.rms_norm(x + r * width(), norm.data(), width(), epsilon_,
                      normed_.data() + r * width());
  }
  EndPart(member, profile_.small);
  return normed_.data();
}

// Adds the product with `in`, normed if there is a norm, to `x`.
template <typename T>
void CpuDecoder<T>::AddResult(int member, const PackedLinear<T>& product, const T* in,
                              const std::vector<float>& norm, T* x, int64_t rows,
                              const PackedLinear<T>* next) {
  product.Run(in, rows, norm.empty() ? x : result_.data(), member, team_.size(), next);
  EndPart(member, profile_.products);
  if (norm.empty()) return;
  const Share share = ShareOf(rows, member, team_.size());
  for (int64_t r = share.begin; r < share.end; ++r) {
    T* result = result_.data() + r * width();
    kernels_.rms_norm(result, norm.data(), width(), epsilon_, result);
    kernels_.add(x + r * width(), result, width());
  }
  EndPart(member, profile_.small);
}

// `heads` are the queries and keys of one row.
template <typename T>
void CpuDecoder<T>::NormQueriesAndKeys(int64_t layer, T* heads) {
  const Architecture& a = architecture_;
  if (a.qk_norm == QkNorm::kNone) return;
  const auto norm = [&](T* x, int64_t count, const std::vector<float>& weight) {
    // A norm of the whole projection is one of a single head that is as wide.
    const int64_t size = a.qk_norm == QkNorm::kPerHead ? a.head_dim : count * a.head_dim;
    for (T* head = x; head < x + count * a.head_dim; head += size) {
      kernels_.rms_norm(head, weight.data(), size, epsilon_, head);
    }
  };
  norm(heads, a.heads, weights_.layers()[layer].q_norm);
  norm(heads + a.heads * a.head_dim, a.kv_heads, weights_.layers()[layer].k_norm);
}

// Norms and rotates the queries and keys of a row, and stores its keys and values in the cache.
template <typename T>
void CpuDecoder<T>::Rotate(int64_t layer, int64_t row) {
  const Architecture& a = architecture_;
  const int64_t size = a.head_dim;
  T* heads = qkv_.data() + row * qkv_width();
  NormQueriesAndKeys(layer, heads);
  const bool kind = HasSlidingRope(a, layer);
  for (int64_t h = 0; h < a.heads + a.kv_heads; ++h) {
    kernels_.rope(heads + h * size, cos_[kind].data() + row * size / 2,
                  sin_[kind].data() + row * size / 2, static_cast<int>(size));
  }
  const Row& place = rows_[row];
  T* page = place.state->PageOf(place.position);
  const int slot = place.state->SlotOf(place.position);
  for (int64_t h = 0; h < a.kv_heads; ++h) {
    const T* key = heads + (a.heads + h) * size;
    T* keys = page + shape_.Keys(layer, h);
    for (int64_t i = 0; i < size; ++i) keys[kernels::KeyOffset<T>(slot, i)] = key[i];
    std::copy_n(key + a.kv_heads * size, size, page + shape_.Values(layer, h) + slot * size);
  }
}

template <typename T>
void CpuDecoder<T>::AttendBlock(int64_t layer, const QueryBlock& block, int64_t kv_head,
                                Scratch& scratch) {
  const Architecture& a = architecture_;
  const int64_t group = a.heads / a.kv_heads;
  const int64_t window = AttentionWindow(a, layer);
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
        {page + shape_.Keys(layer, kv_head), page + shape_.Values(layer, kv_head), tokens});
  }
  const int64_t segments = static_cast<int64_t>(scratch.segments.size());
  kernels_.attend(
      {.queries = qkv_.data() + block.first_row * qkv_width() + kv_head * group * a.head_dim,
       .query_stride = qkv_width(),
       .rows = static_cast<int>(block.rows),
       .group = static_cast<int>(group),
       .head_size = static_cast<int>(a.head_dim),
       .segments = scratch.segments.data(),
       .segment_count = segments,
       .scale = static_cast<float>(AttentionScale(a)),
       .window = window,
       .out = attended_.data() + block.first_row * attended_width() + kv_head * group * a.head_dim,
       .out_stride = attended_width()},
      scratch.memory.data());
}

template <typename T>
void CpuDecoder<T>::Attend(int member, int64_t layer) {
  const Share share = ShareOf(count(), member, team_.size());
  for (int64_t r = share.begin; r < share.end; ++r) Rotate(layer, r);
  team_.Barrier();
  const int64_t kv_heads = architecture_.kv_heads;
  const int64_t blocks = static_cast<int64_t>(query_blocks_.size());
  // All heads of a block lie side by side in its pages; few blocks are divided by head.
  const int64_t heads = blocks >= 4 * team_.size() ? kv_heads : 1;
  // Taken as they come, since contexts are of different length.
  for (int64_t unit; (unit = TakeUnit()) * heads < blocks * kv_heads;) {
    for (int64_t i = unit * heads; i < (unit + 1) * heads; ++i) {
      AttendBlock(layer, query_blocks_[i / kv_heads], i % kv_heads, scratch_[member]);
    }
  }
}

// From here on only the rows that draws are from are computed.
template <typename T>
void CpuDecoder<T>::KeepLines(int member) {
  const Share share = ShareOf(static_cast<int64_t>(lines_.size()), member, team_.size());
  for (int64_t i = share.begin; i < share.end; ++i) {
    std::copy_n(x_.data() + lines_[i] * width(), width(), line_x_.data() + i * width());
    std::copy_n(attended_.data() + lines_[i] * attended_width(), attended_width(),
                line_attended_.data() + i * attended_width());
  }
}

template <typename T>
void CpuDecoder<T>::EndPart(int member, absl::Duration& spent) {
  team_.Barrier();
  if (member != 0) return;
  const absl::Time now = absl::Now();
  spent += now - part_began_;
  part_began_ = now;
}

template <typename T>
void CpuDecoder<T>::Pass(int member, absl::Span<Draw> draws) {
  const int members = team_.size();
  Embed(member);
  EndPart(member, profile_.small);
  const T* attended = attended_.data();
  T* x = x_.data();
  int64_t rows = count();
  const auto& layers = weights_.layers();
  for (size_t l = 0; l < layers.size(); ++l) {
    const auto& layer = layers[l];
    const T* in = Norm(member, x, layer.input_norm, rows);
    layer.qkv.Run(in, rows, qkv_.data(), member, members, &layer.output);
    EndPart(member, profile_.products);
    Attend(member, static_cast<int64_t>(l));
    EndPart(member, profile_.attention);
    // All units were taken, and none of the next is before another barrier.
    if (member == 0) next_unit_.store(0, std::memory_order_relaxed);
    const bool last = l + 1 == layers.size();
    if (last) {
      KeepLines(member);
      EndPart(member, profile_.small);
      attended = line_attended_.data();
      x = line_x_.data();
      rows = static_cast<int64_t>(lines_.size());
      if (rows == 0) return;
    }
    AddResult(member, layer.output, attended, layer.attention_out_norm, x, rows, &layer.gate_up);
    in = Norm(member, x, layer.post_norm, rows);
    layer.gate_up.Run(in, rows, hidden_.data(), member, members, &layer.down);
    EndPart(member, profile_.products);
    AddResult(member, layer.down, hidden_.data(), layer.mlp_out_norm, x, rows,
              last ? &weights_.head() : &layers[l + 1].qkv);
  }
  weights_.head().Run(Norm(member, x, weights_.final_norm(), rows), rows, logits_.data(), member,
                      members, nullptr);
  EndPart(member, profile_.head);
  const int64_t units = static_cast<int64_t>(requests_.size());
  for (int64_t unit; (unit = TakeUnit()) < units;) {
    const DrawRequest& request = requests_[unit];
    draws[unit] = DrawFromLine(logits_.data() + request.row * architecture_.vocab_size,
                               architecture_.vocab_size, request);
  }
  EndPart(member, profile_.sampler);
}

template <typename T>
void CpuDecoder<T>::Step(absl::Span<const DecodeRow> rows, absl::Span<const DrawRequest> wanted,
                         absl::Span<Draw> draws) {
  if (rows.empty()) return;
  part_began_ = absl::Now();
  Place(rows);
  PlaceLines(wanted);
  next_unit_.store(0, std::memory_order_relaxed);
  team_.Run([&](int member) { Pass(member, draws); });
  ++profile_.steps;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Decoder>> MakeCpuDecoder(const Architecture& architecture,
                                                        const ModelWeights& weights,
                                                        int64_t cache_bytes) {
  const int64_t page_bytes = ShapeOf(architecture).Elements() * weights.embedding.element_size();
  HIR_ASSIGN_OR_RETURN(const int32_t pages, CountPages(cache_bytes, page_bytes, kPageTokens));
  if (weights.embedding.scalar_type() == at::kFloat) {
    return std::make_unique<CpuDecoder<float>>(architecture, weights, pages);
  }
  return std::make_unique<CpuDecoder<Bf16>>(architecture, weights, pages);
}

}  // namespace hir
