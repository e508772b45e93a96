#include "hir/generate/cpu_decoder.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/generate/kv_cache.h"
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

template <typename T>
constexpr at::ScalarType kScalar = std::is_same_v<T, float> ? at::kFloat : at::kBFloat16;

template <typename T>
const T* Data(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<const T*>(tensor.const_data_ptr()) : nullptr;
}

// The decoder keeps only copies: received weights are views of one large buffer, which even the
// smallest of them would keep alive.
at::Tensor Copy(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.clone(at::MemoryFormat::Contiguous) : tensor;
}

PageShape ShapeOf(const Architecture& architecture) {
  return {architecture.kv_heads, architecture.head_dim, architecture.layers};
}

template <typename T>
struct Layer {
  at::Tensor input_norm, q_norm, k_norm, post_norm;
  PackedLinear<T> qkv, output, gate_up, down;
};

// Activations of one pass, with room for padded rows.
template <typename T>
class Buffer {
 public:
  // Zeroed when it grows, so that padding rows are finite.
  T* Rows(int64_t rows, int64_t width) {
    if (rows * width > size_) {
      size_ = rows * width;
      memory_ = at::zeros({size_}, kScalar<T>);
    }
    return static_cast<T*>(memory_.data_ptr());
  }

 private:
  at::Tensor memory_;
  int64_t size_ = 0;
};

template <typename T>
class CpuDecoder : public Decoder {
 public:
  CpuDecoder(const Architecture& architecture, const ModelWeights& weights, int32_t pages,
             int64_t fixed_rows);

  void SetWeights(const ModelWeights& weights) override;
  std::unique_ptr<KvState> NewState(std::shared_ptr<const KvState> prefix,
                                    int64_t max_tokens) override {
    return std::make_unique<PagedState<T>>(
        memory_, std::static_pointer_cast<const PagedState<T>>(std::move(prefix)), max_tokens);
  }
  void Step(absl::Span<const DecodeRow> rows, absl::Span<const DrawRequest> wanted,
            absl::Span<Draw> draws) override;
  int64_t FreeTokens() const override { return memory_.allocator().free() * kPageTokens; }
  int64_t CapacityTokens() const override { return memory_.allocator().capacity() * kPageTokens; }
  int64_t page_tokens() const override { return kPageTokens; }

 private:
  using Pages = std::vector<std::pair<const T*, int>>;
  struct Position {
    PagedState<T>* state;
    int64_t index;
    Pages context;  // Pages of this token and all before it.
  };

  void Place(absl::Span<const DecodeRow> rows);
  void Norm(const T* delta, const at::Tensor& weight);
  void CacheAndRotate(int64_t layer);
  void Attend(int64_t layer);
  void DrawRows(absl::Span<const DrawRequest> wanted, absl::Span<Draw> draws);

  const Architecture architecture_;
  const int64_t fixed_rows_;
  const DecodeKernels<T>& kernels_ = CpuKernels<DecodeKernels<T>>();
  PageShape shape_;
  PageMemory memory_;
  at::Tensor embedding_, final_norm_;
  const Rope rope_;
  RopeTable turns_;  // Of the rows.
  std::vector<Layer<T>> layers_;
  PackedLinear<T> head_;

  std::vector<Position> rows_;
  int64_t padded_rows_ = 0;
  T* x_ = nullptr;       // [rows, H]: the residual stream.
  T* normed_ = nullptr;  // [rows, H]
  T* qkv_ = nullptr;     // [rows, (heads + 2 kv_heads) D]
  Buffer<T> x_buffer_, normed_buffer_, qkv_buffer_, attended_, gate_up_, hidden_, delta_, wanted_;
  at::Tensor logits_;
};

template <typename T>
CpuDecoder<T>::CpuDecoder(const Architecture& architecture, const ModelWeights& weights,
                          int32_t pages, int64_t fixed_rows)
    : architecture_(architecture),
      fixed_rows_(fixed_rows),
      shape_(ShapeOf(architecture)),
      memory_(shape_.Elements() * static_cast<int64_t>(sizeof(T)), pages),
      rope_(architecture) {
  SetWeights(weights);
}

template <typename T>
void CpuDecoder<T>::SetWeights(const ModelWeights& weights) {
  std::vector<Layer<T>> layers;
  for (const LayerWeights& layer : weights.layers) {
    layers.push_back({Copy(layer.input_norm),
                      Copy(layer.q_norm),
                      Copy(layer.k_norm),
                      Copy(layer.post_norm),
                      {{layer.q, layer.k, layer.v}, {layer.q_bias, layer.k_bias, layer.v_bias}},
                      {{layer.o}, {layer.o_bias}},
                      {{layer.gate, layer.up}, {}},
                      {{layer.down}, {}}});
  }
  PackedLinear<T> head({weights.head}, {});
  at::Tensor embedding = Copy(weights.embedding);
  at::Tensor final_norm = Copy(weights.final_norm);
  // Nothing below throws.
  layers_.swap(layers);
  head_ = std::move(head);
  embedding_ = std::move(embedding);
  final_norm_ = std::move(final_norm);
}

// Assigns each row its place in the cache, its angles and its embedding.
template <typename T>
void CpuDecoder<T>::Place(absl::Span<const DecodeRow> rows) {
  const int64_t width = architecture_.hidden_size;
  rows_.clear();
  std::vector<RopePlace> places;
  for (const DecodeRow& row : rows) {
    auto* state = static_cast<PagedState<T>*>(row.state);
    state->Grow();
    Position& position = rows_.emplace_back(Position{state, state->tokens() - 1, {}});
    state->AppendPages(state->tokens(), position.context);
    places.push_back({position.index, std::max(position.index + 1, row.prompt_tokens)});
  }
  turns_ = rope_.Table(places, at::kFloat);
  const int64_t count = static_cast<int64_t>(rows.size());
  padded_rows_ = RoundUpRows(std::max(count, fixed_rows_));
  x_ = x_buffer_.Rows(padded_rows_, width);
  normed_ = normed_buffer_.Rows(padded_rows_, width);
  for (int64_t r = 0; r < count; ++r) {
    std::memcpy(x_ + r * width, Data<T>(embedding_) + rows[r].token * width, width * sizeof(T));
  }
}

// x += delta; normed = norm(x).
template <typename T>
void CpuDecoder<T>::Norm(const T* delta, const at::Tensor& weight) {
  const int64_t width = architecture_.hidden_size;
  const float epsilon = static_cast<float>(architecture_.rms_norm_eps);
  at::parallel_for(0, static_cast<int64_t>(rows_.size()), 8, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      kernels_.add_rms_norm(x_ + r * width, delta ? delta + r * width : nullptr, Data<T>(weight),
                            width, epsilon, normed_ + r * width);
    }
  });
}

// Norms and rotates queries and keys, and stores keys and values in the cache.
template <typename T>
void CpuDecoder<T>::CacheAndRotate(int64_t layer) {
  const Architecture& a = architecture_;
  const int64_t size = a.head_dim;
  const float epsilon = static_cast<float>(a.rms_norm_eps);
  const Layer<T>& weights = layers_[layer];
  at::parallel_for(0, static_cast<int64_t>(rows_.size()), 8, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const Position& row = rows_[r];
      T* heads = qkv_ + r * (a.heads + 2 * a.kv_heads) * size;
      for (int64_t h = 0; h < a.heads + a.kv_heads; ++h) {
        T* head = heads + h * size;
        if (a.qk_norm) {
          kernels_.add_rms_norm(head, nullptr,
                                Data<T>(h < a.heads ? weights.q_norm : weights.k_norm), size,
                                epsilon, head);
        }
        kernels_.rope(head, Data<float>(turns_.cos) + r * size / 2,
                      Data<float>(turns_.sin) + r * size / 2, static_cast<int>(size));
      }
      T* page = row.state->PageOf(row.index);
      const int slot = row.state->SlotOf(row.index);
      for (int64_t h = 0; h < a.kv_heads; ++h) {
        const T* key = heads + (a.heads + h) * size;
        T* keys = page + shape_.Keys(layer, h) + slot;
        for (int64_t i = 0; i < size; ++i) keys[i * kPageTokens] = key[i];
        std::memcpy(page + shape_.Values(layer, h) + slot * size, key + a.kv_heads * size,
                    size * sizeof(T));
      }
    }
  });
}

template <typename T>
void CpuDecoder<T>::Attend(int64_t layer) {
  const Architecture& a = architecture_;
  const int64_t group = a.heads / a.kv_heads;
  const float scale = 1.0f / std::sqrt(static_cast<float>(a.head_dim));
  T* attended = attended_.Rows(padded_rows_, a.heads * a.head_dim);
  at::parallel_for(0, static_cast<int64_t>(rows_.size()), 1, [&](int64_t begin, int64_t end) {
    std::vector<KvSegment<T>> segments;
    std::vector<float> scratch;
    for (int64_t r = begin; r < end; ++r) {
      const Pages& context = rows_[r].context;
      scratch.resize(AttentionScratch(group, a.head_dim, context.size()));
      segments.resize(context.size());
      for (int64_t h = 0; h < a.kv_heads; ++h) {
        for (size_t s = 0; s < context.size(); ++s) {
          segments[s] = {context[s].first + shape_.Keys(layer, h),
                         context[s].first + shape_.Values(layer, h), context[s].second};
        }
        kernels_.attend(qkv_ + (r * (a.heads + 2 * a.kv_heads) + h * group) * a.head_dim, group,
                        a.head_dim, segments.data(), segments.size(), scale, scratch.data(),
                        attended + (r * a.heads + h * group) * a.head_dim);
      }
    }
  });
}

// Computes logits for the rows that `wanted` names, a row's once, and draws from them.
template <typename T>
void CpuDecoder<T>::DrawRows(absl::Span<const DrawRequest> wanted, absl::Span<Draw> draws) {
  if (wanted.empty()) return;
  std::vector<int64_t> lines;  // The row of each line of logits.
  std::vector<int64_t> line_of(rows_.size(), -1);
  std::vector<DrawRequest> requests(wanted.begin(), wanted.end());
  for (DrawRequest& request : requests) {
    int64_t& line = line_of[request.row];
    if (line < 0) {
      line = static_cast<int64_t>(lines.size());
      lines.push_back(request.row);
    }
    request.row = line;
  }
  const int64_t width = architecture_.hidden_size;
  const int64_t rows = RoundUpRows(std::max(fixed_rows_, static_cast<int64_t>(lines.size())));
  T* inputs = wanted_.Rows(rows, width);
  for (size_t i = 0; i < lines.size(); ++i) {
    std::memcpy(inputs + i * width, normed_ + lines[i] * width, width * sizeof(T));
  }
  if (!logits_.defined() || logits_.size(0) < rows) {
    logits_ = at::empty({rows, architecture_.vocab_size}, at::kFloat);
  }
  head_.RunToFloat(inputs, rows, static_cast<float*>(logits_.data_ptr()));
  DrawTokens(static_cast<const float*>(logits_.const_data_ptr()), architecture_.vocab_size,
             requests, draws);
}

template <typename T>
void CpuDecoder<T>::Step(absl::Span<const DecodeRow> rows, absl::Span<const DrawRequest> wanted,
                         absl::Span<Draw> draws) {
  Place(rows);
  const Architecture& a = architecture_;
  qkv_ = qkv_buffer_.Rows(padded_rows_, (a.heads + 2 * a.kv_heads) * a.head_dim);
  T* attended = attended_.Rows(padded_rows_, a.heads * a.head_dim);
  T* gate_up = gate_up_.Rows(padded_rows_, 2 * a.intermediate_size);
  T* hidden = hidden_.Rows(padded_rows_, a.intermediate_size);
  T* delta = delta_.Rows(padded_rows_, a.hidden_size);
  const T* pending = nullptr;  // Still to be added to the residual stream.
  for (int64_t l = 0; l < a.layers; ++l) {
    const Layer<T>& layer = layers_[l];
    Norm(pending, layer.input_norm);
    layer.qkv.Run(normed_, padded_rows_, qkv_);
    CacheAndRotate(l);
    Attend(l);
    layer.output.Run(attended, padded_rows_, delta);
    Norm(delta, layer.post_norm);
    layer.gate_up.Run(normed_, padded_rows_, gate_up);
    at::parallel_for(0, static_cast<int64_t>(rows_.size()), 8, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        kernels_.silu_mul(gate_up + r * 2 * a.intermediate_size, a.intermediate_size,
                          hidden + r * a.intermediate_size);
      }
    });
    layer.down.Run(hidden, padded_rows_, delta);
    pending = delta;
  }
  Norm(pending, final_norm_);
  DrawRows(wanted, draws);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Decoder>> MakeCpuDecoder(const Architecture& architecture,
                                                        const ModelWeights& weights,
                                                        int64_t cache_bytes, int64_t fixed_rows) {
  const int64_t page_bytes = ShapeOf(architecture).Elements() * weights.embedding.element_size();
  HIR_ASSIGN_OR_RETURN(const int32_t pages, CountPages(cache_bytes, page_bytes, kPageTokens));
  if (weights.embedding.scalar_type() == at::kFloat) {
    return std::make_unique<CpuDecoder<float>>(architecture, weights, pages, fixed_rows);
  }
  return std::make_unique<CpuDecoder<Bf16>>(architecture, weights, pages, fixed_rows);
}

}  // namespace hir
