// A folder that SaveModel() wrote must load in Transformers with equal tensors. Needs the Python of
// tools/setup_test.sh, which `make test` calls.
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/model/weights.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {
namespace {

constexpr char kPython[] = HIR_DEPS_DIR "/transformers_python";

bool Succeeds(const std::string& command) { return std::system(command.c_str()) == 0; }

constexpr char kSmolLm2[] = "SmolLM2_135M_Instruct";

std::string FolderOf(const std::string& model) {
  if (model == kSmolLm2) return HIR_DEPS_DIR "/models/SmolLM2-135M-Instruct";
  return HIR_SOURCE_DIR "/tests/fixtures/models/" + model;
}

// Makes several shards of each model.
int64_t MaxShardBytes(const std::string& model) { return model == kSmolLm2 ? 200000000 : 20000; }

class TransformersLoads : public ::testing::TestWithParam<const char*> {};

TEST_P(TransformersLoads, SavedModelWithEqualTensors) {
  if (!std::filesystem::exists(kPython)) {
    GTEST_SKIP() << kPython << " does not exist; run tools/setup_test.sh.";
  }
  const std::string original = FolderOf(GetParam());
  if (!std::filesystem::exists(original + "/config.json")) {
    GTEST_SKIP() << original << " is not prepared; make test does it.";
  }
  std::string root = ::testing::TempDir() + "/transformers_loads_XXXXXX";
  ASSERT_NE(mkdtemp(root.data()), nullptr);
  const absl::Cleanup remove = [&root] { std::filesystem::remove_all(root); };
  ASSERT_TRUE(WriteFileAtomically(root + "/source/tokenizer.json", "{}").ok());
  std::filesystem::copy_file(original + "/config.json", root + "/source/config.json");
  const auto architecture = ReadArchitecture(original);
  ASSERT_TRUE(architecture.ok()) << architecture.status();
  const auto weights = LoadWeights(original, *architecture, at::kFloat);
  ASSERT_TRUE(weights.ok()) << weights.status();
  ASSERT_TRUE(SaveModel(root + "/copied", *architecture, *weights, at::kFloat, root + "/source",
                        MaxShardBytes(GetParam()))
                  .ok());
  // Without the source's config.json, so that WriteArchitecture()'s is tested, too.
  std::filesystem::remove(root + "/source/config.json");
  ASSERT_TRUE(
      SaveModel(root + "/written", *architecture, *weights, at::kFloat, root + "/source").ok());
  const std::string compare = std::string(kPython) +
                              " " HIR_SOURCE_DIR "/tests/model/compare_in_transformers.py " +
                              original + " ";
  EXPECT_TRUE(Succeeds(compare + root + "/copied"));
  EXPECT_TRUE(Succeeds(compare + root + "/written"));
}

INSTANTIATE_TEST_SUITE_P(Models, TransformersLoads,
                         ::testing::Values("llama", "llama_scaled", "qwen2", "qwen2_sharded",
                                           "qwen3", "mistral", "mistral_without_window", "gemma3",
                                           "gemma3_as_published", "olmo2", "olmo2_with_biases",
                                           kSmolLm2),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace hir
