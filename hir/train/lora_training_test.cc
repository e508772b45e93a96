// Training of adapters: the same trainer with fewer parameters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "hir/model/log_probs.h"
#include "hir/model/lora.h"
#include "hir/model/packer.h"
#include "hir/model_folder/read_architecture.h"
#include "hir/train/policy_trainer.h"
#include "hir/train/tiny_batch.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

// Made by tools/goldens/lora.py.
TEST(FlatModel, HasTheGradientsOfPeft) {
  const std::string folder = HIR_SOURCE_DIR "/tools/goldens/lora";
  const std::string base = HIR_SOURCE_DIR "/tests/fixtures/models/llama";
  const Architecture architecture = *ReadArchitecture(base);
  const auto stored = LoadAdapters(folder, architecture);
  ASSERT_TRUE(stored.ok()) << stored.status();
  const std::vector<std::string> all = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                        "gate_proj", "up_proj", "down_proj"};
  FlatModel model(architecture, *LoadWeights(base, architecture, at::kFloat), at::kFloat,
                  {.rank = stored->rank, .alpha = stored->alpha, .targets = all});
  ASSERT_EQ(model.adapters()->adapters.size(), stored->adapters.size());
  for (size_t i = 0; i < stored->adapters.size(); ++i) {
    const LoraAdapter& ours = model.adapters()->adapters[i];
    ASSERT_EQ(ours.module, stored->adapters[i].module);
    ours.a.copy_(stored->adapters[i].a);
    ours.b.copy_(stored->adapters[i].b);
  }
  model.RefreshCompute();

  const auto golden = SafetensorsFile::Open(folder + "/expected.safetensors");
  ASSERT_TRUE(golden.ok()) << golden.status();
  const at::Tensor tokens = ReadTensor(*golden, "tokens", {24}, at::kFloat)->to(at::kInt);
  PackedBatchBuilder builder;
  const int32_t* ids = tokens.const_data_ptr<int32_t>();
  builder.Add({ids, 24});
  const PackedBatch batch = builder.Build();
  for (const bool recompute : {false, true}) {
    model.ZeroGradients();
    const at::Tensor hidden =
        Hidden(architecture, model.compute(), batch, {.activation_checkpointing = recompute});
    (-TokenLogProbs(hidden.narrow(0, 0, 23), model.compute().head, batch.tokens.slice(0, 1), 1.0)
          .mean())
        .backward();
    int64_t offset = 0;
    for (const LoraAdapter& adapter : stored->adapters) {
      for (const auto& [suffix, like] :
           {std::pair("lora_A", adapter.a), std::pair("lora_B", adapter.b)}) {
        const std::string name = absl::StrCat("gradient.", adapter.module, ".", suffix);
        const auto expected = ReadTensor(*golden, name, like.sizes(), at::kFloat);
        ASSERT_TRUE(expected.ok()) << expected.status();
        const at::Tensor actual =
            model.gradients().narrow(0, offset, like.numel()).view(like.sizes());
        offset += like.numel();
        EXPECT_LT((actual - *expected).abs().max().item<double>(),
                  1e-4 * expected->abs().max().item<double>())
            << name;
      }
    }
    EXPECT_EQ(offset, model.gradients().numel());
  }
}

class LoraTrainingTest : public ::testing::Test {
 protected:
  LoraTrainingTest() {
    char name[] = "/tmp/hir_lora_training_XXXXXX";
    root_ = mkdtemp(name);
    EXPECT_TRUE(WriteFileAtomically(root_ + "/source/tokenizer.json", "{}").ok());
    EXPECT_TRUE(
        SaveModel(root_ + "/base", architecture_, weights_, at::kFloat, root_ + "/source").ok());
  }
  ~LoraTrainingTest() override { fs::remove_all(root_); }

  RunConfig Config() const {
    RunConfig config = TinyConfig();
    config.model.path = root_ + "/base";
    config.lora.rank = 4;
    config.optimizer.lr = 1e-2;
    return config;
  }
  std::unique_ptr<PolicyTrainer> Make(const RunConfig& config,
                                      at::ScalarType type = at::kFloat) const {
    return std::make_unique<PolicyTrainer>(config, architecture_, weights_, type,
                                           MakeSingleProcessGroup());
  }

  const Architecture architecture_ = TinyArchitecture();
  const ModelWeights weights_ = RandomWeights(TinyArchitecture(), kTinyWeightsSeed);
  const TrainingBatch batch_ = TinyBatch(architecture_, weights_);
  std::string root_;
};

std::map<std::string, at::Tensor> ByName(const ModelWeights& weights) {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, tensor] : weights.Named()) tensors[name] = tensor.detach().clone();
  return tensors;
}

TEST_F(LoraTrainingTest, BeginsWithTheBaseModelAndChangesTheTargetsAlone) {
  RunConfig config = Config();
  config.lora.targets = {LoraTarget::kV, LoraTarget::kDown};
  const auto trainer = Make(config);
  auto base = ByName(weights_);
  for (const auto& [name, tensor] : ByName(trainer->model().compute())) {
    EXPECT_TRUE(tensor.equal(base[name])) << name;
  }
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(trainer->TrainStep(batch_).ok());
  for (const auto& [name, tensor] : ByName(trainer->model().compute())) {
    const bool target = name.ends_with("v_proj.weight") || name.ends_with("down_proj.weight");
    EXPECT_EQ(tensor.equal(base[name]), !target) << name;
  }
  for (const auto& [name, tensor] : ByName(*trainer->model().base())) {
    EXPECT_TRUE(tensor.equal(base[name])) << name;
  }
}

TEST_F(LoraTrainingTest, HoldsOptimizerStateOfAdaptersAloneAndNoWeightTwice) {
  RunConfig config = Config();
  config.lora.targets = {LoraTarget::kQ};
  config.objective.kl_coef = 0.01;
  const auto trainer = Make(config);
  const FlatModel& model = trainer->model();
  EXPECT_EQ(model.master().numel(), 2 * 4 * (16 + 16));  // Layers, rank, q of 16 by 16.
  EXPECT_EQ(model.gradients().numel(), model.master().numel());
  EXPECT_TRUE(model.compute().embedding.is_same(model.base()->embedding));
  EXPECT_TRUE(model.compute().layers[1].down.is_same(model.base()->layers[1].down));
  EXPECT_FALSE(model.compute().embedding.requires_grad());
}

TEST_F(LoraTrainingTest, MakesRewardedResponsesLikelierInEitherType) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const auto trainer = Make(Config(), type);
    const auto score = [&] {
      const TrainingSample& sample = batch_.samples[2];
      const Sequence sequence{.prompt = sample.prompt, .response = sample.tokens};
      return ScoreSequences({architecture_, trainer->model().compute()}, {sequence}, 1, 1000)
          ->sum()
          .item<double>();
    };
    const double before = score();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(trainer->TrainStep(batch_).ok());
    EXPECT_GT(score(), before);
  }
}

TEST_F(LoraTrainingTest, TheBaseModelIsTheReferenceOfTheKlTerm) {
  RunConfig config = Config();
  config.objective.kl_coef = 0.01;
  config.objective.old_logprobs_from = OldLogprobsFrom::kLearner;
  const auto trainer = Make(config);
  EXPECT_NEAR(trainer->TrainStep(batch_)->actor_kl.value(), 0, 1e-6);
  EXPECT_GT(std::abs(trainer->TrainStep(batch_)->actor_kl.value()), 1e-6);
}

TEST_F(LoraTrainingTest, GoesOnExactlyAfterARestore) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const auto straight = Make(Config(), type);
    ASSERT_TRUE(straight->TrainStep(batch_).ok());
    const std::string checkpoint = absl::StrCat(root_, "/checkpoint_", static_cast<int>(type));
    ASSERT_EQ(straight->Save(checkpoint), absl::OkStatus());
    EXPECT_FALSE(fs::exists(checkpoint + "/model.safetensors"));
    ASSERT_TRUE(straight->TrainStep(batch_).ok());
    const auto resumed = Make(Config(), type);
    ASSERT_EQ(resumed->Restore(checkpoint), absl::OkStatus());
    ASSERT_TRUE(resumed->TrainStep(batch_).ok());
    EXPECT_TRUE(resumed->model().master().equal(straight->model().master()));
    EXPECT_EQ(WeightsDigest(*resumed->Pack()), WeightsDigest(*straight->Pack()));
  }
}

// The reference is then no longer the base model, and reading it must not change that.
TEST_F(LoraTrainingTest, GoesOnExactlyWithAReferenceThatIsRefreshed) {
  RunConfig config = Config();
  config.objective.kl_coef = 0.1;
  config.objective.reference_refresh_steps = 1;
  const auto straight = Make(config);
  ASSERT_TRUE(straight->TrainStep(batch_).ok());
  const std::string checkpoint = root_ + "/checkpoint";
  ASSERT_EQ(straight->Save(checkpoint), absl::OkStatus());
  ASSERT_TRUE(straight->TrainStep(batch_).ok());
  const auto resumed = Make(config);
  ASSERT_EQ(resumed->Restore(checkpoint), absl::OkStatus());
  ASSERT_TRUE(resumed->TrainStep(batch_).ok());
  EXPECT_TRUE(resumed->model().master().equal(straight->model().master()));
  EXPECT_EQ(WeightsDigest(*resumed->Pack()), WeightsDigest(*straight->Pack()));
}

TEST_F(LoraTrainingTest, ACheckpointIsMergedIntoTheServedWeights) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const auto trainer = Make(Config(), type);
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(trainer->TrainStep(batch_).ok());
    const std::string checkpoint = absl::StrCat(root_, "/checkpoint_", static_cast<int>(type));
    ASSERT_EQ(trainer->Save(checkpoint), absl::OkStatus());
    const std::string merged = checkpoint + "_merged";
    ASSERT_EQ(MergeAdapters(checkpoint, /*base_folder=*/"", merged, type), absl::OkStatus());
    const auto weights = LoadWeights(merged, *ReadArchitecture(merged), type);
    ASSERT_TRUE(weights.ok()) << weights.status();
    EXPECT_EQ(*ServedDigest(*weights), WeightsDigest(*trainer->Pack()));
  }
}

TEST_F(LoraTrainingTest, RefusesTheCheckpointOfOtherAdapters) {
  const auto trainer = Make(Config());
  const std::string checkpoint = root_ + "/checkpoint";
  ASSERT_EQ(trainer->Save(checkpoint), absl::OkStatus());
  RunConfig config = Config();
  config.lora.rank = 8;
  const absl::Status status = Make(config)->Restore(checkpoint);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("master"));
}

}  // namespace
}  // namespace hir
