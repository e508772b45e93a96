#include "hir/model/forward.h"

#include <torch/torch.h>

#include <functional>
#include <utility>
#include <vector>

#include "hir/model/attention.h"
#include "hir/model/fused_layers.h"
#include "hir/model/layers.h"
#include "hir/model/qkv.h"
#include "hir/model/rope.h"

namespace hir {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Attention of one layer: [N, heads, D].
using Attend = std::function<at::Tensor(const Qkv&)>;

// The norm of an output, where the architecture has one.
at::Tensor NormOutput(const Architecture& a, const at::Tensor& weight, const at::Tensor& x) {
  return weight.defined() ? RmsNorm(x, weight, a.rms_norm_eps, a.norm_offset) : x;
}

at::Tensor RunLayer(const Architecture& a, const LayerWeights& layer, const at::Tensor& x,
                    const RopeTable& rope, const Attend& attend) {
  std::vector<at::Tensor> biases;
  if (a.attention_bias) biases = {layer.q_bias, layer.k_bias, layer.v_bias};
  const at::Tensor projected = internal::NormLinear(
      x, layer.input_norm, a.rms_norm_eps, a.norm_offset, {layer.q, layer.k, layer.v}, biases);
  const at::Tensor mixed = attend(FinishQkv(a, layer, projected, rope));
  const at::Tensor attended = x + NormOutput(a, layer.attention_out_norm,
                                             at::linear(mixed.flatten(1), layer.o, layer.o_bias));
  const at::Tensor gate_up = internal::NormLinear(attended, layer.post_norm, a.rms_norm_eps,
                                                  a.norm_offset, {layer.gate, layer.up}, {});
  return attended + NormOutput(a, layer.mlp_out_norm,
                               internal::GatedLinear(gate_up, layer.down, a.activation));
}

variable_list TensorsOf(const LayerWeights& layer) {
  variable_list defined;
  for (const at::Tensor* t : {&layer.input_norm, &layer.q, &layer.k, &layer.v, &layer.q_bias,
                              &layer.k_bias, &layer.v_bias, &layer.q_norm, &layer.k_norm, &layer.o,
                              &layer.o_bias, &layer.attention_out_norm, &layer.post_norm,
                              &layer.gate, &layer.up, &layer.down, &layer.mlp_out_norm}) {
    if (t->defined()) defined.push_back(*t);
  }
  return defined;
}

using LayerCall = std::function<at::Tensor(const at::Tensor&)>;

// Carries a call through autograd's context, which stores only tensors and capsules.
struct CallHolder : torch::CustomClassHolder {
  explicit CallHolder(LayerCall call) : call(std::move(call)) {}
  LayerCall call;
};

// Runs call(x) and keeps only x; the backward pass runs it again. `weights` are the tensors, other
// than x, that the call may be differentiated by.
struct CheckpointFunction : torch::autograd::Function<CheckpointFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x,
                            const c10::intrusive_ptr<CallHolder>& holder, at::TensorList weights) {
    variable_list saved = {x};
    saved.insert(saved.end(), weights.begin(), weights.end());
    ctx->save_for_backward(saved);
    ctx->saved_data["call"] = c10::IValue::make_capsule(holder);
    return holder->call(x);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const auto holder =
        c10::static_intrusive_pointer_cast<CallHolder>(ctx->saved_data["call"].toCapsule());
    const at::AutoGradMode with_grad(true);
    const at::Tensor x = saved[0].detach().requires_grad_(true);
    const at::Tensor out = holder->call(x);
    variable_list inputs = {x};
    for (size_t i = 1; i < saved.size(); ++i) {
      if (saved[i].requires_grad()) inputs.push_back(saved[i]);
    }
    const variable_list found = torch::autograd::grad({out}, inputs, grads);
    variable_list result = {found[0], at::Tensor()};
    size_t next = 1;
    for (size_t i = 1; i < saved.size(); ++i) {
      result.push_back(saved[i].requires_grad() ? found[next++] : at::Tensor());
    }
    return result;
  }
};

// The place of each row; see rope.h. A segment without a prefix is a prompt, whose tokens are
// computed together; tokens of other segments follow one by one.
std::vector<RopePlace> PlacesOf(const PackedBatch& batch) {
  const at::Tensor positions = batch.positions.cpu();
  const int64_t* position = positions.const_data_ptr<int64_t>();
  std::vector<RopePlace> places;
  places.reserve(positions.numel());
  for (const Segment& segment : batch.segments) {
    const int64_t end = segment.start + segment.length;
    for (int64_t row = segment.start; row < end; ++row) {
      places.push_back({position[row], position[segment.prefix < 0 ? end - 1 : row] + 1});
    }
  }
  return places;
}

// Of each kind of layer (see LayerRopes), on the device of the weights, in their type or a wider
// one.
std::vector<RopeTable> TurnsOf(const Architecture& architecture, const ModelWeights& weights,
                               absl::Span<const RopePlace> places) {
  const bool wide = weights.embedding.scalar_type() == at::kDouble;
  const at::Device device = weights.embedding.device();
  std::vector<RopeTable> turns =
      LayerRopes(architecture).Tables(places, wide ? at::kDouble : at::kFloat);
  for (RopeTable& rope : turns) rope = {rope.cos.to(device), rope.sin.to(device)};
  return turns;
}

at::Tensor Embed(const Architecture& a, const at::Tensor& table, const at::Tensor& tokens) {
  const at::Tensor x = at::embedding(table, tokens);
  // A tensor, since a number would not be rounded to the type of `x`.
  return a.embedding_scale == 1 ? x : x * at::scalar_tensor(a.embedding_scale, x.options());
}

}  // namespace

at::Tensor Hidden(const Architecture& architecture, const ModelWeights& weights,
                  const PackedBatch& batch, const ForwardOptions& options) {
  const std::vector<RopeTable> turns = TurnsOf(architecture, weights, PlacesOf(batch));
  at::Tensor x = Embed(architecture, weights.embedding, batch.tokens);
  for (int64_t i = 0; i < architecture.layers; ++i) {
    const LayerWeights& layer = weights.layers[i];
    const RopeTable& rope = turns[HasSlidingRope(architecture, i)];
    // Calls may outlive this frame, so they capture copies; tensors are shared.
    const Attend attend = [scale = AttentionScale(architecture),
                           window = AttentionWindow(architecture, i),
                           segments = batch.segments](const Qkv& qkv) {
      return internal::Attention(qkv, segments, scale, window);
    };
    if (options.activation_checkpointing && at::GradMode::is_enabled()) {
      auto holder = c10::make_intrusive<CallHolder>(
          [architecture, layer, rope, attend](const at::Tensor& in) {
            return RunLayer(architecture, layer, in, rope, attend);
          });
      const variable_list parameters = TensorsOf(layer);
      x = CheckpointFunction::apply(x, holder, at::TensorList(parameters));
    } else {
      x = RunLayer(architecture, layer, x, rope, attend);
    }
  }
  return RmsNorm(x, weights.final_norm, architecture.rms_norm_eps, architecture.norm_offset);
}

at::Tensor Hidden(const Architecture& architecture, const ModelWeights& weights,
                  const at::Tensor& tokens, absl::Span<const RopePlace> places,
                  const LayerAttention& attention) {
  const std::vector<RopeTable> turns = TurnsOf(architecture, weights, places);
  at::Tensor x = Embed(architecture, weights.embedding, tokens);
  for (int64_t i = 0; i < architecture.layers; ++i) {
    x = RunLayer(architecture, weights.layers[i], x, turns[HasSlidingRope(architecture, i)],
                 [&](const Qkv& qkv) { return attention(i, qkv); });
  }
  return RmsNorm(x, weights.final_norm, architecture.rms_norm_eps, architecture.norm_offset);
}

}  // namespace hir
