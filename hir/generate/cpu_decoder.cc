#include "hir/generate/cpu_decoder.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "hir/base/status_macros.h"
#include "hir/base/thread_team.h"
#include "hir/generate/buffer.h"
#include "hir/generate/cpu_attention.h"
#include "hir/generate/cpu_weights.h"
#include "hir/generate/kv_cache.h"
#include "hir/generate/packed_linear.h"
#include "hir/kernels/decode.h"
#include "hir/kernels/dispatch.h"
#include "hir/model/weights.h"

namespace hir {
namespace {

using kernels::Bf16;
using kernels::CpuKernels;
using kernels::DecodeKernels;
using kernels::kPageTokens;

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
  int64_t width() const { return architecture_.hidden_size; }
  int64_t qkv_width() const {
    return (architecture_.heads + 2 * architecture_.kv_heads) * architecture_.head_dim;
  }
  int64_t attended_width() const { return architecture_.heads * architecture_.head_dim; }
  int64_t count() const { return static_cast<int64_t>(rows_.size()); }

  // The caller's part of a step.
  void MakeRoom();
  void PlaceLines(absl::Span<const DrawRequest> wanted);

  // The parts of a step that all members of the team compute together.
  void Pass(int member, absl::Span<Draw> draws);
  void Embed(int member);
  const T* Norm(int member, const T* x, const std::vector<float>& norm, int64_t rows);
  void AddResult(int member, const PackedLinear<T>& product, const T* in,
                 const std::vector<float>& norm, T* x, int64_t rows, const PackedLinear<T>* next);
  void KeepLines(int member);
  // Ends a part: waits for all members, and adds the caller's time since the last part to `spent`.
  void EndPart(int member, absl::Duration& spent);

  const Architecture architecture_;
  const DecodeKernels<T>& kernels_ = CpuKernels<DecodeKernels<T>>();
  ThreadTeam team_;
  PageMemory memory_;
  const float epsilon_;
  const float embedding_scale_;  // Rounded to T.

  CpuWeights<T> weights_;
  CpuAttention<T> attention_;

  // Of the current step.
  absl::Span<const DecodeRow> rows_;
  std::vector<int64_t> lines_;         // The rows that draws are from.
  std::vector<DrawRequest> requests_;  // Whose `row` is an index into lines_.
  std::atomic<int64_t> next_draw_{0};  // Of requests_, which members take as they come.
  Buffer<T> x_;                        // [rows, H]: the residual stream.
  Buffer<T> normed_;                   // [rows, H]
  Buffer<T> qkv_;                      // [rows, (heads + 2 kv_heads) D]
  Buffer<T> attended_;                 // [rows, heads D]
  Buffer<T> hidden_;                   // [rows, I]
  Buffer<T> result_;                   // [rows, H]: of attention or MLP, where it is normed.
  Buffer<T> line_x_, line_attended_;   // x and attended of lines_.
  Buffer<float> logits_;               // [lines, vocabulary]

  StepProfile profile_;
  absl::Time part_began_;
};

template <typename T>
CpuDecoder<T>::CpuDecoder(const Architecture& architecture, const ModelWeights& weights,
                          int32_t pages)
    : architecture_(architecture),
      team_(at::get_num_threads()),
      memory_(PageShapeOf(architecture).Elements() * static_cast<int64_t>(sizeof(T)), pages),
      epsilon_(static_cast<float>(architecture.rms_norm_eps)),
      embedding_scale_(at::scalar_tensor(architecture.embedding_scale, weights.embedding.options())
                           .item<float>()),
      weights_(architecture),
      attention_(architecture, team_) {
  weights_.Set(weights, team_);
}

template <typename T>
void CpuDecoder<T>::MakeRoom() {
  x_.Rows(count(), width());
  normed_.Rows(count(), width());
  qkv_.Rows(count(), qkv_width());
  attended_.Rows(count(), attended_width());
  hidden_.Rows(count(), architecture_.intermediate_size);
  if (architecture_.norms != NormPlacement::kBefore) result_.Rows(count(), width());
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
  const Share share = ShareOf(count(), member, team_.size());
  for (int64_t r = share.begin; r < share.end; ++r) {
    T* x = x_.data() + r * width();
    weights_.CopyEmbedding(rows_[r].token, x);
    if (embedding_scale_ != 1) kernels_.scale(x, embedding_scale_, width());
  }
  attention_.PrepareRotation(share);
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
    attention_.Attend(member, static_cast<int64_t>(l), layer, qkv_.data(), attended_.data());
    EndPart(member, profile_.attention);
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
  const int64_t draws_wanted = static_cast<int64_t>(requests_.size());
  for (int64_t i; (i = next_draw_.fetch_add(1, std::memory_order_relaxed)) < draws_wanted;) {
    const DrawRequest& request = requests_[i];
    draws[i] = DrawFromLine(logits_.data() + request.row * architecture_.vocab_size,
                            architecture_.vocab_size, request);
  }
  EndPart(member, profile_.sampler);
}

template <typename T>
void CpuDecoder<T>::Step(absl::Span<const DecodeRow> rows, absl::Span<const DrawRequest> wanted,
                         absl::Span<Draw> draws) {
  if (rows.empty()) return;
  part_began_ = absl::Now();
  rows_ = rows;
  attention_.Place(rows);
  MakeRoom();
  PlaceLines(wanted);
  next_draw_.store(0, std::memory_order_relaxed);
  team_.Run([&](int member) { Pass(member, draws); });
  ++profile_.steps;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Decoder>> MakeCpuDecoder(const Architecture& architecture,
                                                        const ModelWeights& weights,
                                                        int64_t cache_bytes) {
  const int64_t page_bytes =
      PageShapeOf(architecture).Elements() * weights.embedding.element_size();
  HIR_ASSIGN_OR_RETURN(const int32_t pages, CountPages(cache_bytes, page_bytes, kPageTokens));
  if (weights.embedding.scalar_type() == at::kFloat) {
    return std::make_unique<CpuDecoder<float>>(architecture, weights, pages);
  }
  return std::make_unique<CpuDecoder<Bf16>>(architecture, weights, pages);
}

}  // namespace hir
