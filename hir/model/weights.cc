#include "hir/model/weights.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hir/base/status_macros.h"
#include "hir/model_folder/expected_tensors.h"

namespace hir {
namespace {

// What the names of a model's tensors depend on.
struct Naming {
  bool tied;  // The head is the embedding.
  NormPlacement norms;
};

Naming NamingOf(const ModelWeights& weights) {
  const bool tied = weights.head.is_same(weights.embedding);
  if (weights.layers.empty() || !weights.layers[0].attention_out_norm.defined()) {
    return {tied, NormPlacement::kBefore};
  }
  const bool before = weights.layers[0].input_norm.defined();
  return {tied, before ? NormPlacement::kBeforeAndAfter : NormPlacement::kAfter};
}

Naming NamingOf(const Architecture& architecture) {
  return {architecture.tie_embeddings, architecture.norms};
}

// Calls visit(name, tensor) for every norm of the inputs and outputs of attention and MLP, under
// the names of ExpectedTensors().
template <typename Layer, typename Visit>
void VisitNorms(Layer& layer, const std::string& prefix, NormPlacement norms, const Visit& visit) {
  const std::string after_attention = prefix + "post_attention_layernorm.weight";
  if (norms != NormPlacement::kAfter) visit(prefix + "input_layernorm.weight", layer.input_norm);
  if (norms == NormPlacement::kBefore) {
    visit(after_attention, layer.post_norm);
    return;
  }
  visit(after_attention, layer.attention_out_norm);
  if (norms == NormPlacement::kBeforeAndAfter) {
    visit(prefix + "pre_feedforward_layernorm.weight", layer.post_norm);
  }
  visit(prefix + "post_feedforward_layernorm.weight", layer.mlp_out_norm);
}

// Calls visit(name, tensor) for every tensor of `weights`, defined or not; the head only when it
// is not the embedding. `Weights` is ModelWeights or const ModelWeights.
template <typename Weights, typename Visit>
void VisitTensors(Weights& weights, const Naming& naming, const Visit& visit) {
  visit(kEmbeddingName, weights.embedding);
  visit("model.norm.weight", weights.final_norm);
  if (!naming.tied) visit(kHeadName, weights.head);
  for (size_t i = 0; i < weights.layers.size(); ++i) {
    auto& layer = weights.layers[i];
    const std::string prefix = absl::StrCat("model.layers.", i, ".");
    const std::string attention = prefix + "self_attn.";
    VisitNorms(layer, prefix, naming.norms, visit);
    visit(attention + "q_proj.weight", layer.q);
    visit(attention + "k_proj.weight", layer.k);
    visit(attention + "v_proj.weight", layer.v);
    visit(attention + "q_proj.bias", layer.q_bias);
    visit(attention + "k_proj.bias", layer.k_bias);
    visit(attention + "v_proj.bias", layer.v_bias);
    visit(attention + "q_norm.weight", layer.q_norm);
    visit(attention + "k_norm.weight", layer.k_norm);
    visit(attention + "o_proj.weight", layer.o);
    visit(attention + "o_proj.bias", layer.o_bias);
    visit(prefix + "mlp.gate_proj.weight", layer.gate);
    visit(prefix + "mlp.up_proj.weight", layer.up);
    visit(prefix + "mlp.down_proj.weight", layer.down);
  }
}

// A tied table may be stored under the head's name only.
std::string StoredName(const SafetensorsFolder& files, const std::string& name) {
  return name == kEmbeddingName && !files.Has(name) && files.Has(kHeadName) ? kHeadName : name;
}

// Refuses tensors in the file that the model does not have, since they would be left out of the
// computation; except the frequencies that old checkpoints store, and a tied head.
absl::Status CheckNothingElse(
    const SafetensorsFolder& files,
    const std::vector<std::pair<std::string, std::vector<int64_t>>>& expected) {
  std::set<std::string> known = {kHeadName};
  for (const auto& [name, shape] : expected) known.insert(name);
  std::vector<std::string> others;
  for (const std::string& name : files.Names()) {
    if (!known.contains(name) && !name.ends_with("rotary_emb.inv_freq")) others.push_back(name);
  }
  if (others.empty()) return absl::OkStatus();
  HIR_ASSIGN_OR_RETURN(const SafetensorsFile* file, files.FileOf(others[0]));
  return absl::InvalidArgumentError(
      absl::StrCat(file->path(), ": tensor ", others[0],
                   others.size() > 1 ? absl::StrCat(" (and ", others.size() - 1, " more)") : "",
                   " does not belong to the model that config.json describes; remove it, or "
                   "give the model's own config.json."));
}

}  // namespace

NamedTensors ModelWeights::Named() const {
  NamedTensors named;
  VisitTensors(*this, NamingOf(*this), [&](const std::string& name, const at::Tensor& t) {
    if (t.defined()) named.emplace_back(name, t);
  });
  std::sort(named.begin(), named.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return named;
}

ModelWeights ModelWeights::Transformed(
    const std::function<at::Tensor(const std::string& name, const at::Tensor&)>& change) const {
  std::map<std::string, at::Tensor> changed;
  for (const auto& [name, tensor] : Named()) changed[name] = change(name, tensor);
  const Naming naming = NamingOf(*this);
  ModelWeights out;
  out.layers.resize(layers.size());
  VisitTensors(out, naming, [&](const std::string& name, at::Tensor& tensor) {
    if (const auto found = changed.find(name); found != changed.end()) tensor = found->second;
  });
  if (naming.tied) out.head = out.embedding;
  return out;
}

absl::StatusOr<ModelWeights> WeightsFromNamed(const Architecture& architecture,
                                              const NamedTensors& tensors) {
  std::map<std::string, at::Tensor> by_name;
  const auto expected = ExpectedTensors(architecture);
  for (size_t i = 0; i < std::max(expected.size(), tensors.size()); ++i) {
    if (i >= expected.size() || i >= tensors.size() || expected[i].first != tensors[i].first) {
      const std::string& odd = i < tensors.size() ? tensors[i].first : expected[i].first;
      return absl::InvalidArgumentError(absl::StrCat(
          "Tensor ", odd, " is ", i < tensors.size() ? "unexpected or out of order" : "missing",
          " among the given weights."));
    }
    const auto& [name, tensor] = tensors[i];
    if (tensor.sizes() != at::IntArrayRef(expected[i].second)) {
      return absl::InvalidArgumentError(
          absl::StrCat("Tensor ", name, " has shape [", absl::StrJoin(tensor.sizes(), ", "),
                       "] instead of [", absl::StrJoin(expected[i].second, ", "), "]."));
    }
    by_name[name] = tensor;
  }
  ModelWeights out;
  out.layers.resize(architecture.layers);
  VisitTensors(out, NamingOf(architecture), [&](const std::string& name, at::Tensor& tensor) {
    if (const auto found = by_name.find(name); found != by_name.end()) tensor = found->second;
  });
  if (architecture.tie_embeddings) out.head = out.embedding;
  return out;
}

absl::StatusOr<ModelWeights> LoadWeights(const std::string& folder,
                                         const Architecture& architecture, at::ScalarType dtype) {
  HIR_ASSIGN_OR_RETURN(const SafetensorsFolder files, SafetensorsFolder::Open(folder));
  const auto expected = ExpectedTensors(architecture);
  // All headers are checked first, so that a folder of another model is refused before memory is
  // taken.
  for (const auto& [name, shape] : expected) {
    HIR_ASSIGN_OR_RETURN(const SafetensorsFile* file, files.FileOf(StoredName(files, name)));
    HIR_RETURN_IF_ERROR(CheckTensor(*file, StoredName(files, name), shape));
  }
  HIR_RETURN_IF_ERROR(CheckNothingElse(files, expected));
  NamedTensors tensors;
  for (const auto& [name, shape] : expected) {
    HIR_ASSIGN_OR_RETURN(const SafetensorsFile* file, files.FileOf(StoredName(files, name)));
    HIR_ASSIGN_OR_RETURN(at::Tensor tensor,
                         ReadTensor(*file, StoredName(files, name), shape, dtype));
    tensors.emplace_back(name, std::move(tensor));
  }
  return WeightsFromNamed(architecture, tensors);
}

ModelWeights JoinProjections(ModelWeights weights) {
  const auto join = [](std::initializer_list<at::Tensor*> parts) {
    std::vector<at::Tensor> all;
    for (const at::Tensor* part : parts) {
      if (!part->defined()) return;
      all.push_back(part->detach());
    }
    const at::Tensor joined = at::cat(all, 0);
    int64_t row = 0;
    for (at::Tensor* part : parts) {
      const int64_t rows = part->size(0);
      *part = joined.narrow(0, row, rows);
      row += rows;
    }
  };
  for (LayerWeights& layer : weights.layers) {
    join({&layer.q, &layer.k, &layer.v});
    join({&layer.q_bias, &layer.k_bias, &layer.v_bias});
    join({&layer.gate, &layer.up});
  }
  return weights;
}

ModelWeights RandomWeights(const Architecture& architecture, uint64_t seed) {
  const at::Generator generator = at::detail::createCPUGenerator(seed);
  NamedTensors tensors;
  for (const auto& [name, shape] : ExpectedTensors(architecture)) {
    at::Tensor tensor = at::zeros(shape, at::kFloat);
    if (shape.size() == 2) tensor.normal_(0.0, 0.02, generator);
    if (shape.size() == 1 && !name.ends_with(".bias")) tensor.fill_(1.0 - architecture.norm_offset);
    tensors.emplace_back(name, tensor);
  }
  return *WeightsFromNamed(architecture, tensors);
}

}  // namespace hir
