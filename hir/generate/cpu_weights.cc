#include "hir/generate/cpu_weights.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>

#include "hir/model/norm_factors.h"

namespace hir {
namespace {

using kernels::Finish;

template <typename T>
const T* Data(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<const T*>(tensor.const_data_ptr()) : nullptr;
}

template <typename T>
void CopyInto(const at::Tensor& tensor, std::vector<T>& out) {
  if (!tensor.defined()) return;
  out.resize(tensor.numel());
  std::copy_n(Data<T>(tensor), out.size(), out.data());
}

}  // namespace

template <typename T>
CpuWeights<T>::CpuWeights(const Architecture& architecture)
    : architecture_(architecture), layers_(architecture.layers) {
  const Architecture& a = architecture_;
  const Finish gate = a.activation == Activation::kSilu ? Finish::kGate : Finish::kGateGelu;
  const Finish add = a.norms == NormPlacement::kBefore ? Finish::kAdd : Finish::kStore;
  std::vector<PackedLinear<T>*> products;
  for (Layer& layer : layers_) {
    layer.qkv = {a.hidden_size, (a.heads + 2 * a.kv_heads) * a.head_dim, Finish::kStore};
    layer.output = {a.heads * a.head_dim, a.hidden_size, add};
    layer.gate_up = {a.hidden_size, a.intermediate_size, gate};
    layer.down = {a.intermediate_size, a.hidden_size, add};
    for (auto* product : {&layer.qkv, &layer.output, &layer.gate_up, &layer.down}) {
      products.push_back(product);
    }
  }
  head_ = {a.hidden_size, a.vocab_size, Finish::kToFloat};
  products.push_back(&head_);
  int64_t elements = 0;
  for (const auto* product : products) elements += product->elements();
  memory_ = LargeMemory(static_cast<size_t>(elements) * sizeof(T));
  // Each takes a multiple of a block, so all are aligned.
  T* memory = static_cast<T*>(memory_.data());
  for (auto* product : products) {
    product->UseMemory(memory);
    memory += product->elements();
  }
}

template <typename T>
void CpuWeights<T>::Set(const ModelWeights& received, ThreadTeam& team) {
  const Architecture& a = architecture_;
  const ModelWeights weights =
      received.Transformed([&](const std::string& name, const at::Tensor& tensor) {
        const bool norm = name.ends_with("norm.weight");
        return norm ? NormFactors(tensor, a.norm_offset) : tensor.contiguous();
      });
  for (size_t l = 0; l < layers_.size(); ++l) {
    const LayerWeights& from = weights.layers[l];
    Layer& to = layers_[l];
    CopyInto(from.input_norm, to.input_norm);
    CopyInto(from.q_norm, to.q_norm);
    CopyInto(from.k_norm, to.k_norm);
    CopyInto(from.attention_out_norm, to.attention_out_norm);
    CopyInto(from.post_norm, to.post_norm);
    CopyInto(from.mlp_out_norm, to.mlp_out_norm);
    to.qkv.Pack({{Data<T>(from.q), Data<T>(from.q_bias), a.heads * a.head_dim},
                 {Data<T>(from.k), Data<T>(from.k_bias), a.kv_heads * a.head_dim},
                 {Data<T>(from.v), Data<T>(from.v_bias), a.kv_heads * a.head_dim}},
                team);
    to.output.Pack({{Data<T>(from.o), Data<T>(from.o_bias), a.hidden_size}}, team);
    to.gate_up.Pack({{Data<T>(from.gate), nullptr, a.intermediate_size},
                     {Data<T>(from.up), nullptr, a.intermediate_size}},
                    team);
    to.down.Pack({{Data<T>(from.down), nullptr, a.hidden_size}}, team);
  }
  head_.Pack({{Data<T>(weights.head), nullptr, a.vocab_size}}, team);
  if (!a.tie_embeddings) CopyInto(weights.embedding, embedding_);
  CopyInto(weights.final_norm, final_norm_);
}

template <typename T>
void CpuWeights<T>::CopyEmbedding(int32_t token, T* out) const {
  if (embedding_.empty()) return head_.CopyWeights(token, out);
  std::copy_n(embedding_.data() + token * architecture_.hidden_size, architecture_.hidden_size,
              out);
}

template class CpuWeights<float>;
template class CpuWeights<kernels::Bf16>;

}  // namespace hir
