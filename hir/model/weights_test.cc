#include "hir/model/weights.h"

#include <stdlib.h>

#include <filesystem>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/model/test_models.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class WeightsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = ::testing::TempDir() + "/hir_model_XXXXXX";
    ASSERT_NE(mkdtemp(root_.data()), nullptr);
    fs::create_directories(root_ + "/source");
    ASSERT_TRUE(WriteFileAtomically(root_ + "/source/tokenizer.json", "{\"t\":1}").ok());
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  absl::Status Save(const ModelWeights& weights, int64_t max_shard_bytes = 1 << 30) {
    return SaveModel(folder(), architecture_, weights, at::kFloat, root_ + "/source",
                     max_shard_bytes);
  }
  std::string folder() const { return root_ + "/saved"; }

  std::string root_;
  Architecture architecture_ = TinyArchitecture(ModelFamily::kQwen3);
};

void ExpectEqualWeights(const ModelWeights& a, const ModelWeights& b) {
  const NamedTensors left = a.Named();
  const NamedTensors right = b.Named();
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(left[i].first, right[i].first);
    EXPECT_TRUE(at::equal(left[i].second, right[i].second)) << left[i].first;
  }
}

TEST_F(WeightsTest, NamesAreSortedAndATiedHeadIsLeftOut) {
  architecture_.tie_embeddings = true;
  const ModelWeights weights = RandomWeights(architecture_, 1);
  const NamedTensors named = weights.Named();
  EXPECT_TRUE(std::is_sorted(named.begin(), named.end(),
                             [](const auto& a, const auto& b) { return a.first < b.first; }));
  EXPECT_TRUE(weights.head.is_same(weights.embedding));
  EXPECT_EQ(named.front().first, "model.embed_tokens.weight");
}

TEST_F(WeightsTest, ExpectedTensorsMatchParameterCountInEveryFamily) {
  for (const ModelFamily family : kTestFamilies) {
    const Architecture architecture = TinyArchitecture(family);
    int64_t count = 0;
    for (const auto& [name, tensor] : RandomWeights(architecture, 1).Named()) {
      count += tensor.numel();
    }
    EXPECT_EQ(count, ParameterCount(architecture));
  }
}

TEST_F(WeightsTest, RandomWeightsDependOnTheSeedAlone) {
  ExpectEqualWeights(RandomWeights(architecture_, 5), RandomWeights(architecture_, 5));
  EXPECT_FALSE(at::equal(RandomWeights(architecture_, 5).embedding,
                         RandomWeights(architecture_, 6).embedding));
}

TEST_F(WeightsTest, SavedModelLoadsEqual) {
  const ModelWeights weights = RandomWeights(architecture_, 3);
  ASSERT_TRUE(Save(weights).ok());
  const auto loaded_architecture = ReadArchitecture(folder());
  ASSERT_TRUE(loaded_architecture.ok()) << loaded_architecture.status();
  EXPECT_EQ(*loaded_architecture, architecture_);
  const auto loaded = LoadWeights(folder(), architecture_, at::kFloat);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ExpectEqualWeights(*loaded, weights);
}

TEST_F(WeightsTest, ShardedModelLoadsEqual) {
  const ModelWeights weights = RandomWeights(architecture_, 3);
  ASSERT_TRUE(Save(weights, 8192).ok());
  EXPECT_TRUE(fs::exists(folder() + "/model.safetensors.index.json"));
  const auto loaded = LoadWeights(folder(), architecture_, at::kFloat);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ExpectEqualWeights(*loaded, weights);
}

TEST_F(WeightsTest, SavingCopiesTheTokenizerAndKeepsUnknownConfigFields) {
  const std::string source = root_ + "/source";
  ASSERT_TRUE(WriteArchitecture(source, architecture_, "float32").ok());
  auto config = ReadFile(source + "/config.json");
  config->insert(1, "\"eos_token_id\": 7,");
  ASSERT_TRUE(WriteFileAtomically(source + "/config.json", *config).ok());
  ASSERT_TRUE(
      SaveModel(folder(), architecture_, RandomWeights(architecture_, 3), at::kBFloat16, source)
          .ok());
  EXPECT_EQ(*ReadFile(folder() + "/tokenizer.json"), "{\"t\":1}");
  EXPECT_THAT(*ReadFile(folder() + "/config.json"),
              AllOf(HasSubstr("\"eos_token_id\": 7"), HasSubstr("bfloat16")));
}

TEST_F(WeightsTest, SavingWithoutTokenizerFailsAndLeavesNothing) {
  fs::remove(root_ + "/source/tokenizer.json");
  const absl::Status status = Save(RandomWeights(architecture_, 3));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("source/tokenizer.json"));
  const auto entries = fs::directory_iterator(root_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST_F(WeightsTest, SavingOverAnExistingFolderIsRefused) {
  fs::create_directories(folder());
  EXPECT_EQ(Save(RandomWeights(architecture_, 3)).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(WeightsTest, LoadingFromAFolderWithoutWeightsIsNotFound) {
  const absl::Status status = LoadWeights(root_, architecture_, at::kFloat).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("model.safetensors"));
}

TEST_F(WeightsTest, MissingTensorIsNamed) {
  ASSERT_TRUE(Save(RandomWeights(architecture_, 3)).ok());
  Architecture deeper = architecture_;
  deeper.layers = 3;
  const absl::Status status = LoadWeights(folder(), deeper, at::kFloat).status();
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("model.safetensors"), HasSubstr("model.layers.2"), HasSubstr("is missing")));
}

TEST_F(WeightsTest, WrongShapeIsNamed) {
  ASSERT_TRUE(Save(RandomWeights(architecture_, 3)).ok());
  Architecture wider = architecture_;
  wider.intermediate_size = 64;
  const absl::Status status = LoadWeights(folder(), wider, at::kFloat).status();
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("model.safetensors"), HasSubstr("mlp.")));
}

TEST_F(WeightsTest, AHeadOfItsOwnIsKeptThoughTheConfigTiesIt) {
  const std::string source = root_ + "/source";
  const ModelWeights weights = RandomWeights(architecture_, 3);
  architecture_.tie_embeddings = true;
  ASSERT_TRUE(WriteArchitecture(source, architecture_, "float32").ok());
  ASSERT_TRUE(WriteSafetensorsFolder(source, weights.Named(), 1 << 30).ok());
  const auto architecture = ReadArchitecture(source);
  ASSERT_TRUE(architecture.ok()) << architecture.status();
  EXPECT_FALSE(architecture->tie_embeddings);
  const auto loaded = LoadWeights(source, *architecture, at::kFloat);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ExpectEqualWeights(*loaded, weights);
  ASSERT_TRUE(SaveModel(folder(), *architecture, *loaded, at::kFloat, source).ok());
  EXPECT_EQ(*ReadArchitecture(folder()), *architecture);
  EXPECT_THAT(*ReadFile(folder() + "/config.json"), HasSubstr("\"tie_word_embeddings\": false"));
  ExpectEqualWeights(*LoadWeights(folder(), *architecture, at::kFloat), weights);
}

TEST_F(WeightsTest, ATiedTableMayBeStoredAsTheHeadOrTwice) {
  architecture_.tie_embeddings = true;
  const ModelWeights weights = RandomWeights(architecture_, 3);
  NamedTensors twice = weights.Named();
  twice.emplace_back(kHeadName, weights.embedding);
  NamedTensors head_alone = twice;
  std::erase_if(head_alone, [](const auto& named) { return named.first == kEmbeddingName; });
  for (const NamedTensors& stored : {twice, head_alone}) {
    ASSERT_TRUE(WriteSafetensorsFolder(root_, stored, 1 << 30).ok());
    const auto loaded = LoadWeights(root_, architecture_, at::kFloat);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    ExpectEqualWeights(*loaded, weights);
  }
}

TEST_F(WeightsTest, TensorsThatTheModelLacksAreNamed) {
  NamedTensors stored = RandomWeights(architecture_, 3).Named();
  stored.emplace_back("model.layers.0.self_attn.rotary_emb.inv_freq", at::ones({3}));
  ASSERT_TRUE(WriteSafetensorsFolder(root_, stored, 1 << 30).ok());
  EXPECT_TRUE(LoadWeights(root_, architecture_, at::kFloat).ok());
  stored.emplace_back("model.layers.0.self_attn.sinks", at::ones({3}));
  stored.emplace_back("model.layers.9.mlp.up_proj.weight", at::ones({3}));
  ASSERT_TRUE(WriteSafetensorsFolder(root_, stored, 1 << 30).ok());
  EXPECT_THAT(std::string(LoadWeights(root_, architecture_, at::kFloat).status().message()),
              AllOf(HasSubstr("model.layers.0.self_attn.sinks (and 1 more)"),
                    HasSubstr("model.safetensors")));
}

TEST_F(WeightsTest, NumbersThatAreNotFiniteAreRefusedByTensor) {
  ModelWeights weights = RandomWeights(architecture_, 3);
  weights.final_norm[2] = std::numeric_limits<float>::quiet_NaN();
  ASSERT_TRUE(Save(weights).ok());
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    EXPECT_THAT(std::string(LoadWeights(folder(), architecture_, type).status().message()),
                AllOf(HasSubstr("model.norm.weight has 1 value"), HasSubstr("model.safetensors")));
  }
}

TEST_F(WeightsTest, TransformedKeepsTheTie) {
  architecture_.tie_embeddings = true;
  const ModelWeights cast =
      RandomWeights(architecture_, 3).Transformed([](const std::string&, const at::Tensor& t) {
        return t.to(at::kBFloat16);
      });
  EXPECT_TRUE(cast.head.is_same(cast.embedding));
  EXPECT_EQ(cast.layers[1].down.scalar_type(), at::kBFloat16);
}

TEST_F(WeightsTest, NamedTensorsInAnotherOrderAreRefused) {
  NamedTensors named = RandomWeights(architecture_, 3).Named();
  std::swap(named[0], named[1]);
  EXPECT_EQ(WeightsFromNamed(architecture_, named).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(WeightsTest, JoinedProjectionsHoldTheSameNumbersSideBySide) {
  const ModelWeights weights = RandomWeights(architecture_, 3);
  const ModelWeights joined = JoinProjections(weights);
  ExpectEqualWeights(joined, weights);
  const LayerWeights& layer = joined.layers[0];
  EXPECT_EQ(layer.up.data_ptr<float>(), layer.gate.data_ptr<float>() + layer.gate.numel());
}

}  // namespace
}  // namespace hir
