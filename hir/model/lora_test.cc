#include "hir/model/lora.h"

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/base/json.h"
#include "hir/model/forward.h"
#include "hir/model/safetensors.h"
#include "hir/model_folder/read_architecture.h"
#include "nlohmann/json.hpp"

namespace hir {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// Made by tools/goldens/lora.py: PEFT's own folder, beside the small llama.
constexpr char kGolden[] = HIR_SOURCE_DIR "/tools/goldens/lora";
constexpr char kBase[] = HIR_SOURCE_DIR "/tests/fixtures/models/llama";

class LoraTest : public ::testing::Test {
 protected:
  LoraTest() {
    char name[] = "/tmp/hir_lora_XXXXXX";
    root_ = mkdtemp(name);
    // The fixture has no tokenizer, without which no model is saved.
    fs::copy(kBase, Base());
    EXPECT_TRUE(WriteFileAtomically(Base() + "/tokenizer.json", "{}").ok());
  }
  ~LoraTest() override { fs::remove_all(root_); }

  std::string Base() const { return root_ + "/base"; }
  std::string Folder() const { return root_ + "/adapters"; }
  Architecture BaseArchitecture() const { return *ReadArchitecture(Base()); }

  // Copies the golden folder with one setting changed.
  void CopyWith(const char* key, const nlohmann::json& value) const {
    fs::remove_all(Folder());
    fs::copy(kGolden, Folder());
    const std::string path = Folder() + "/adapter_config.json";
    nlohmann::json config = *ParseJson(*ReadFile(path));
    config[key] = value;
    EXPECT_TRUE(WriteFileAtomically(path, config.dump()).ok());
  }

  // The refusal of that folder.
  std::string RefusalWith(const char* key, const nlohmann::json& value) const {
    CopyWith(key, value);
    const absl::Status status = LoadAdapters(Folder(), BaseArchitecture()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << key;
    return std::string(status.message());
  }

  std::string root_;
};

TEST_F(LoraTest, AFolderOfPeftIsMergedIntoTheModelThatPeftComputes) {
  const std::string output = root_ + "/merged";
  ASSERT_EQ(MergeAdapters(kGolden, Base(), output, at::kFloat), absl::OkStatus());
  const auto golden = SafetensorsFile::Open(std::string(kGolden) + "/expected.safetensors");
  ASSERT_TRUE(golden.ok()) << golden.status();
  const at::Tensor tokens = ReadTensor(*golden, "tokens", {24}, at::kFloat)->to(at::kInt);
  const at::Tensor logits = *ReadTensor(*golden, "logits", {24, 64}, at::kFloat);
  const auto architecture = ReadArchitecture(output);
  ASSERT_TRUE(architecture.ok()) << architecture.status();
  const auto weights = LoadWeights(output, *architecture, at::kFloat);
  ASSERT_TRUE(weights.ok()) << weights.status();
  PackedBatchBuilder builder;
  const int32_t* ids = tokens.const_data_ptr<int32_t>();
  builder.Add({ids, 24});
  const at::NoGradGuard no_grad;
  const at::Tensor ours =
      at::linear(Hidden(*architecture, *weights, builder.Build()), weights->head);
  EXPECT_LT((ours - logits).abs().max().item<double>(), 1e-4 * logits.abs().max().item<double>());
}

TEST_F(LoraTest, FreshAdaptersLeaveTheModelAsItIs) {
  const auto weights = AllLinearWeights(BaseArchitecture());
  const LoraAdapters fresh = NewAdapters(weights, 4, 8, /*seed=*/5);
  ASSERT_EQ(fresh.adapters.size(), 14u);
  const at::Tensor base = at::randn({weights[6].outputs, weights[6].inputs});
  EXPECT_TRUE(MergedWeight(base, fresh.adapters[6], fresh.scale()).equal(base));
  EXPECT_LE(fresh.adapters[6].a.abs().max().item<double>(), 1 / std::sqrt(weights[6].inputs));
  EXPECT_TRUE(fresh.adapters[3].a.equal(NewAdapters(weights, 4, 8, 5).adapters[3].a));
  EXPECT_FALSE(fresh.adapters[3].a.equal(NewAdapters(weights, 4, 8, 6).adapters[3].a));
}

TEST_F(LoraTest, SavedAdaptersAreReadBack) {
  const std::vector<std::string> targets = {"v_proj", "down_proj"};
  LoraAdapters adapters = NewAdapters(AdaptedWeights(BaseArchitecture(), targets), 3, 4.5, 1);
  for (LoraAdapter& adapter : adapters.adapters) adapter.b.normal_();
  ASSERT_EQ(SaveAdapters(Folder(), adapters, Base()), absl::OkStatus());
  const auto loaded = LoadAdapters(Folder(), BaseArchitecture());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->rank, 3);
  EXPECT_EQ(loaded->alpha, 4.5);
  ASSERT_EQ(loaded->adapters.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(loaded->adapters[i].module, adapters.adapters[i].module);
    EXPECT_TRUE(loaded->adapters[i].a.equal(adapters.adapters[i].a));
    EXPECT_TRUE(loaded->adapters[i].b.equal(adapters.adapters[i].b));
  }
  const nlohmann::json config = *ParseJson(*ReadFile(Folder() + "/adapter_config.json"));
  EXPECT_EQ(config.at("base_model_name_or_path"), Base());
  EXPECT_THAT(config.at("target_modules"), UnorderedElementsAre("v_proj", "down_proj"));
  EXPECT_TRUE(fs::exists(Folder() + "/tokenizer.json"));
}

TEST_F(LoraTest, ASettingThatIsNotComputedIsRefusedByName) {
  EXPECT_THAT(RefusalWith("use_dora", true), HasSubstr("use_dora is true"));
  EXPECT_THAT(RefusalWith("alora_invocation_tokens", nlohmann::json::array({1})),
              HasSubstr("alora_invocation_tokens is"));
  EXPECT_THAT(RefusalWith("init_lora_weights", "pissa_niter_4"),
              HasSubstr("which changes the base model's weights"));
  EXPECT_THAT(RefusalWith("bias", "all"), HasSubstr("bias is \"all\""));
  EXPECT_THAT(RefusalWith("rank_pattern", {{"q_proj", 8}}), HasSubstr("rank_pattern is"));
  EXPECT_THAT(RefusalWith("modules_to_save", {"lm_head"}), HasSubstr("merge_and_unload()"));
  EXPECT_THAT(RefusalWith("peft_type", "IA3"), HasSubstr("peft_type is \"IA3\""));
  EXPECT_THAT(RefusalWith("lora_alpha", "six"), HasSubstr("lora_alpha is \"six\""));
  EXPECT_THAT(RefusalWith("r", 0), HasSubstr("r is 0"));
}

TEST_F(LoraTest, TensorsThatDoNotFitTheModelAreRefusedByName) {
  EXPECT_THAT(RefusalWith("r", 5), AllOf(HasSubstr("adapter_model.safetensors"),
                                         HasSubstr("model.layers.0.self_attn.q_proj.lora_A")));
  Architecture shorter = BaseArchitecture();
  shorter.layers = 1;
  const absl::Status status = LoadAdapters(kGolden, shorter).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("model.layers.1."), HasSubstr("is not an adapter of a linear module")));
}

TEST_F(LoraTest, AMergeNeedsTheBaseModelsFolder) {
  CopyWith("base_model_name_or_path", "/nowhere/model");
  const absl::Status status = MergeAdapters(Folder(), "", root_ + "/merged", at::kFloat);
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("base_model_name_or_path is \"/nowhere/model\""), HasSubstr("--model")));
  EXPECT_FALSE(fs::exists(root_ + "/merged"));
}

}  // namespace
}  // namespace hir
