// Small random models, the decoders and a simple way to run them, for this folder's tests.
#ifndef HIR_GENERATE_TEST_MODELS_H_
#define HIR_GENERATE_TEST_MODELS_H_

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <vector>

#include "hir/generate/local_engine.h"
#include "hir/generate/tensor_decoder.h"
#include "hir/model/forward.h"
#include "hir/model/log_probs.h"
#include "hir/model/weights.h"
#include "hir/model_folder/architecture.h"
#include "hir/model_folder/family_for_test.h"

namespace hir {

// Two layers, grouped-query attention, a vocabulary of 97, windows of 20 tokens.
inline Architecture TinyArchitecture(ModelFamily family = ModelFamily::kLlama) {
  Architecture a;
  a.vocab_size = 97;
  a.hidden_size = 48;
  a.layers = 2;
  a.heads = 6;
  a.kv_heads = 2;
  a.head_dim = 8;
  a.intermediate_size = 80;
  a.max_position = 400;
  a.tie_embeddings = FamilyOf(family).tie_embeddings || family == ModelFamily::kLlama;
  SetFamily(a, family, 20);
  return a;
}

// Random weights, scaled up so that the distribution is far from uniform.
inline ModelWeights TinyWeights(const Architecture& architecture, uint64_t seed = 1,
                                at::ScalarType dtype = at::kFloat) {
  return RandomWeights(architecture, seed)
      .Transformed([&](const std::string& name, const at::Tensor& tensor) {
        return (tensor.dim() == 2 ? tensor * 8 : tensor + 0.01).to(dtype);
      });
}

inline EngineOptions TestOptions(int max_running_sequences = 64, Dtype dtype = Dtype::kF32) {
  return {
      .dtype = dtype, .device = DeviceChoice::kCpu, .max_running_sequences = max_running_sequences};
}

inline EngineOptions DeterministicOptions(Dtype dtype = Dtype::kF32) {
  EngineOptions options = TestOptions(24, dtype);
  options.deterministic = true;
  return options;
}

// A decoder that the engine must work with, on the CPU.
struct TestedDecoder {
  const char* name;
  absl::StatusOr<std::unique_ptr<Decoder>> (*make)(const Architecture&, const ModelWeights&,
                                                   const EngineOptions&);
};

inline absl::StatusOr<std::unique_ptr<Decoder>> MakeTensorDecoderOnCpu(
    const Architecture& architecture, const ModelWeights& weights, const EngineOptions& options) {
  return MakeTensorDecoder(architecture, weights, at::kCPU,
                           options.kv_cache_bytes > 0 ? options.kv_cache_bytes : int64_t{1} << 26);
}

inline constexpr TestedDecoder kTestedDecoders[] = {{"CpuDecoder", MakeDecoder},
                                                    {"TensorDecoder", MakeTensorDecoderOnCpu}};

inline std::string NameOf(const testing::TestParamInfo<TestedDecoder>& info) {
  return info.param.name;
}

// Scores of `response` after `prompt` by the learner's forward pass; the entropies are computed
// from all logits at once.
inline TokenScores LearnerScores(const Architecture& architecture, const ModelWeights& weights,
                                 const std::vector<int32_t>& prompt,
                                 const std::vector<int32_t>& response, double temperature) {
  at::NoGradGuard no_grad;
  PackedBatchBuilder builder;
  const int32_t first = builder.Add(prompt);
  const int32_t second = builder.Add(response, first);
  const PackedBatch batch = builder.Build();
  const at::Tensor hidden = Hidden(architecture, weights, batch);
  const at::Tensor rows = hidden.index_select(0, PredictorRows(batch, second));
  const std::vector<int64_t> targets(response.begin(), response.end());
  const at::Tensor logits = at::linear(rows, weights.head).to(at::kFloat).div(temperature);
  const at::Tensor all = at::log_softmax(logits, -1);
  return {TokenLogProbs(rows, weights.head, at::tensor(targets, at::kLong), temperature),
          (all.exp() * all).sum(-1).neg()};
}

// Finished responses by (key, sample).
using Responses = std::map<std::pair<uint64_t, uint32_t>, absl::StatusOr<FinishedResponse>>;

// A request that stores its responses in `out`.
inline GenerationRequest RequestInto(Responses& out, uint64_t key, std::vector<int32_t> prompt,
                                     uint32_t samples, GenerationSettings settings) {
  GenerationRequest request;
  request.key = key;
  request.prompt = std::move(prompt);
  for (uint32_t i = 0; i < samples; ++i) request.samples.push_back(i);
  request.settings = settings;
  request.on_done = [&out, key](uint32_t sample, absl::StatusOr<FinishedResponse> response) {
    out.emplace(std::make_pair(key, sample), std::move(response));
  };
  return request;
}

inline void StepToEnd(LocalEngine& engine) {
  while (engine.Step()) {
  }
}

}  // namespace hir

#endif  // HIR_GENERATE_TEST_MODELS_H_
