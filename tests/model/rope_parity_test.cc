// Compares rope settings with Transformers: the meaning of config.json, the learner's forward and
// backward pass, and the decoder. The cases are made by tools/make_rope_fixtures.py.
#include <ATen/ATen.h>
#include <stdlib.h>
#include <torch/torch.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/generate/decoder.h"
#include "hir/model/forward.h"
#include "hir/model/log_probs.h"
#include "hir/model/safetensors.h"
#include "hir/model/weights.h"
#include "hir/model_folder/read_architecture.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

const char kFixtures[] = HIR_SOURCE_DIR "/tests/fixtures/models/";
constexpr double kTolerance = 1e-4;  // Relative to the largest value, in float32.
constexpr int64_t kVocab = 64;

std::vector<int32_t> Tokens(int64_t begin, int64_t end) {
  std::vector<int32_t> tokens;
  for (int64_t i = begin; i < end; ++i) {
    tokens.push_back(static_cast<int32_t>((i * i * 31 + i * 7 + 3) % kVocab));
  }
  return tokens;
}

nlohmann::json Cases() {
  return nlohmann::json::parse(ReadFile(std::string(kFixtures) + "rope/cases.json").value());
}

struct Model {
  Architecture architecture;
  ModelWeights weights;
};

class RopeParity : public ::testing::TestWithParam<nlohmann::json> {
 protected:
  // Reads the folders like users' ones: config.json beside the weights.
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/rope_parity_XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    const std::string weights = GetParam()["weights"];
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/config.json", GetParam()["config"].dump()).ok());
    std::filesystem::create_symlink(kFixtures + weights + "/model.safetensors",
                                    folder_ + "/model.safetensors");
    const auto architecture = ReadArchitecture(folder_);
    ASSERT_TRUE(architecture.ok()) << architecture.status();
    const auto loaded = LoadWeights(folder_, *architecture, at::kFloat);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    model_ = {*architecture, *loaded};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static at::Tensor Expected(const std::string& key) {
    static const auto& file = *new SafetensorsFile(
        SafetensorsFile::Open(std::string(kFixtures) + "rope/expected.safetensors").value());
    const std::string name = GetParam()["name"].get<std::string>() + "." + key;
    return ReadTensor(file, name, file.tensors().at(name).shape, at::kFloat).value();
  }

  static void ExpectNear(const at::Tensor& got, const at::Tensor& expected) {
    ASSERT_EQ(got.sizes(), expected.sizes());
    EXPECT_LT((got - expected).abs().max().item<double>(),
              kTolerance * expected.abs().max().item<double>());
  }

  at::Tensor LearnerLogits(const PackedBatch& batch) const {
    const at::NoGradGuard no_grad;
    EXPECT_TRUE(CheckBatch(model_.architecture, batch).ok());
    return at::linear(Hidden(model_.architecture, model_.weights, batch), model_.weights.head);
  }

  // Log-probabilities of all tokens [rows, vocabulary] at the rows from `first_wanted` on, the
  // prompt computed in passes of `chunk` tokens.
  at::Tensor DecoderLogProbs(int64_t prompt, int64_t length, int64_t first_wanted,
                             int64_t chunk) const {
    const int64_t vocabulary = model_.architecture.vocab_size;
    const DrawSettings all = {.top_logprobs = static_cast<int>(vocabulary)};
    const EngineOptions options = {
        .dtype = Dtype::kF32, .device = DeviceChoice::kCpu, .max_running_sequences = 1};
    const auto decoder = MakeDecoder(model_.architecture, model_.weights, options).value();
    const auto state = decoder->NewState(nullptr, length);
    at::Tensor log_probs = at::empty({length - first_wanted, vocabulary}, at::kFloat);
    auto out = log_probs.accessor<float, 2>();
    for (int64_t begin = 0; begin < length;) {
      const int64_t end = begin < prompt ? std::min(begin + chunk, prompt) : begin + 1;
      std::vector<DecodeRow> rows;
      std::vector<DrawRequest> wanted;
      for (const int32_t token : Tokens(begin, end)) {
        rows.push_back({token, state.get(), begin < prompt ? prompt : 0});
        const int64_t row = static_cast<int64_t>(rows.size()) - 1;
        if (begin + row >= first_wanted) wanted.push_back({.row = row, .settings = all});
      }
      std::vector<Draw> draws(wanted.size());
      decoder->Step(rows, wanted, absl::MakeSpan(draws));
      for (size_t i = 0; i < wanted.size(); ++i) {
        for (const TokenLogprob& token : draws[i].likeliest) {
          out[begin + wanted[i].row - first_wanted][token.token] = token.log_probability;
        }
      }
      begin = end;
    }
    return log_probs;
  }

  std::string folder_;
  Model model_;
};

TEST_P(RopeParity, OnePassOverASequence) {
  for (const int64_t length : GetParam()["lengths"]) {
    SCOPED_TRACE(length);
    const at::Tensor expected = Expected(std::to_string(length));
    const at::Tensor positions =
        at::tensor({int64_t{0}, length / 3, length / 2, length - 2, length - 1});
    PackedBatchBuilder builder;
    builder.Add(Tokens(0, length));
    ExpectNear(LearnerLogits(builder.Build()).index_select(0, positions), expected);
    ExpectNear(DecoderLogProbs(length, length, 0, 17).index_select(0, positions),
               at::log_softmax(expected, -1));
  }
}

TEST_P(RopeParity, DecodingWithACacheInDecoderAndLearner) {
  for (const auto& lengths : GetParam()["cached"]) {
    const int64_t prompt = lengths[0];
    const int64_t length = lengths[1];
    SCOPED_TRACE(lengths.dump());
    const at::Tensor expected = Expected(std::to_string(prompt) + "." + std::to_string(length));
    ExpectNear(DecoderLogProbs(prompt, length, prompt - 1, 17), at::log_softmax(expected, -1));
    // Another sequence in the batch, which must not matter.
    PackedBatchBuilder builder;
    builder.Add(Tokens(5, 105));
    const int32_t first = builder.Add(Tokens(0, prompt));
    builder.Add(Tokens(prompt, length), first);
    const PackedBatch batch = builder.Build();
    ExpectNear(LearnerLogits(batch).slice(0, 100 + prompt - 1), expected);
  }
}

TEST_P(RopeParity, Gradients) {
  const int64_t length = GetParam()["lengths"].back();
  const std::string wanted = GetParam()["gradient_of"];
  const ModelWeights weights =
      model_.weights.Transformed([](const std::string&, const at::Tensor& tensor) {
        return tensor.detach().clone().requires_grad_();
      });
  PackedBatchBuilder builder;
  builder.Add(Tokens(0, length));
  const PackedBatch batch = builder.Build();
  const at::Tensor hidden = Hidden(model_.architecture, weights, batch);
  const at::Tensor scores =
      TokenLogProbs(hidden.narrow(0, 0, length - 1), weights.head, batch.tokens.slice(0, 1), 1.0);
  (-scores.mean()).backward();
  for (const auto& [name, tensor] : weights.Named()) {
    if (name == wanted) ExpectNear(tensor.grad(), Expected("gradient"));
  }
}

INSTANTIATE_TEST_SUITE_P(Settings, RopeParity, ::testing::ValuesIn(Cases()), [](const auto& info) {
  return info.param["name"].template get<std::string>();
});

}  // namespace
}  // namespace hir
