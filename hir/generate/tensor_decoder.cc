#include "hir/generate/tensor_decoder.h"

#include <string>
#include <utility>
#include <vector>

#include "hir/base/status_macros.h"
#include "hir/generate/paged_attention.h"
#include "hir/generate/step_layout.h"
#include "hir/model/forward.h"

namespace hir {
namespace {

// Rows of the head that are converted to float32 at once.
constexpr int64_t kHeadRows = 16384;

int64_t PageBytes(const Architecture& a, const ModelWeights& weights) {
  return 2 * a.layers * a.kv_heads * a.head_dim * kSlotsPerPage * weights.embedding.element_size();
}

// Tensors of the same names, shapes and types on `device`, without their content.
ModelWeights RoomFor(const ModelWeights& weights, at::Device device) {
  return JoinProjections(weights.Transformed([&](const std::string&, const at::Tensor& tensor) {
    return at::empty(tensor.sizes(), tensor.options().device(device));
  }));
}

// [N, vocab_size] float32, without rounding logits to the type of `hidden` [N, H].
at::Tensor LogitsOf(const at::Tensor& hidden, const at::Tensor& head) {
  const at::Tensor wide = hidden.to(at::kFloat);
  std::vector<at::Tensor> parts;
  for (const at::Tensor& part : head.split(kHeadRows)) {
    parts.push_back(at::linear(wide, part.to(at::kFloat)));
  }
  return at::cat(parts, 1);
}

class TensorDecoder : public Decoder {
 public:
  TensorDecoder(const Architecture& architecture, const ModelWeights& weights, at::Device device,
                int32_t pages)
      : architecture_(architecture),
        device_(device),
        weights_(RoomFor(weights, device)),
        allocator_(pages) {
    SetWeights(weights);
    const at::TensorOptions options = weights_.embedding.options();
    for (int64_t layer = 0; layer < architecture.layers; ++layer) {
      for (std::vector<at::Tensor>* cache : {&keys_, &values_}) {
        cache->push_back(
            at::empty({CapacityTokens(), architecture.kv_heads, architecture.head_dim}, options));
      }
    }
  }

  void SetWeights(const ModelWeights& weights) override {
    const at::NoGradGuard no_grad;
    const NamedTensors own = weights_.Named();
    const NamedTensors others = weights.Named();
    for (size_t i = 0; i < own.size(); ++i) own[i].second.copy_(others[i].second);
  }

  std::unique_ptr<KvState> NewState(std::shared_ptr<const KvState> prefix,
                                    int64_t max_tokens) override {
    return std::make_unique<SlotState>(
        allocator_, std::static_pointer_cast<const SlotState>(std::move(prefix)), max_tokens);
  }

  void Step(absl::Span<const DecodeRow> rows, absl::Span<const DrawRequest> wanted,
            absl::Span<Draw> draws) override;

  int64_t FreeTokens() const override { return allocator_.free() * kSlotsPerPage; }
  int64_t CapacityTokens() const override { return allocator_.capacity() * kSlotsPerPage; }
  int64_t page_tokens() const override { return kSlotsPerPage; }

 private:
  at::Tensor OnDevice(const std::vector<int64_t>& values) const {
    return at::tensor(values, at::kLong).to(device_);
  }

  const Architecture architecture_;
  const at::Device device_;
  const ModelWeights weights_;  // Written in place.
  PageAllocator allocator_;
  std::vector<at::Tensor> keys_, values_;  // Of each layer, [slots, kv_heads, D].
};

void TensorDecoder::Step(absl::Span<const DecodeRow> rows, absl::Span<const DrawRequest> wanted,
                         absl::Span<Draw> draws) {
  const at::NoGradGuard no_grad;
  const StepLayout layout = LayOutStep(rows);
  const std::vector<AttentionBatch> batches = PlanAttention(layout, device_);
  const at::Tensor slots = OnDevice(layout.slots);
  const at::Tensor hidden = Hidden(architecture_, weights_, OnDevice(layout.tokens), layout.places,
                                   [&](int64_t layer, const Qkv& qkv) {
                                     // All rows of the step first, since those of a prompt attend
                                     // to each other.
                                     keys_[layer].index_copy_(0, slots, qkv.k);
                                     values_[layer].index_copy_(0, slots, qkv.v);
                                     return PagedAttention(qkv.q, keys_[layer], values_[layer],
                                                           batches, AttentionScale(architecture_),
                                                           AttentionWindow(architecture_, layer));
                                   });
  if (wanted.empty()) return;
  std::vector<DrawRequest> requests(wanted.begin(), wanted.end());
  std::vector<int64_t> rows_of_requests;
  for (const DrawRequest& request : requests) rows_of_requests.push_back(request.row);
  // A row's logits are computed once, however many requests name it.
  const auto [named, line_of] = at::_unique(at::tensor(rows_of_requests, at::kLong), true, true);
  for (size_t i = 0; i < requests.size(); ++i) {
    requests[i].row = line_of.const_data_ptr<int64_t>()[i];
  }
  const at::Tensor logits = LogitsOf(hidden.index_select(0, named.to(device_)), weights_.head);
  // The draws are those of the CPU's sampler on every device: one sampler to trust, at the price of
  // a copy per step. A sampler on the GPU comes with the GPU's own kernels.
  const at::Tensor lines = logits.cpu();
  DrawTokens(lines.const_data_ptr<float>(), architecture_.vocab_size, requests, draws);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Decoder>> MakeTensorDecoder(const Architecture& architecture,
                                                           const ModelWeights& weights,
                                                           at::Device device, int64_t cache_bytes) {
  const int64_t page_bytes = PageBytes(architecture, weights);
  HIR_ASSIGN_OR_RETURN(const int32_t pages, CountPages(cache_bytes, page_bytes, kSlotsPerPage));
  return std::make_unique<TensorDecoder>(architecture, weights, device, pages);
}

}  // namespace hir
