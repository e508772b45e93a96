// A folder that SaveModel() wrote must load in Transformers with equal tensors. Needs the Python of
// tools/setup_test.sh, which `make test` calls.
#include <cstdlib>
#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/model/architecture.h"
#include "hir/model/weights.h"

namespace hir {
namespace {

constexpr char kPython[] = HIR_DEPS_DIR "/transformers_python";

bool Succeeds(const std::string& command) { return std::system(command.c_str()) == 0; }

class TransformersLoads : public ::testing::TestWithParam<const char*> {};

TEST_P(TransformersLoads, SavedModelWithEqualTensors) {
  if (!std::filesystem::exists(kPython)) {
    GTEST_SKIP() << kPython << " does not exist; run tools/setup_test.sh.";
  }
  const std::string root = ::testing::TempDir() + "/transformers_loads_" + GetParam();
  std::filesystem::remove_all(root);
  const std::string original = std::string(HIR_SOURCE_DIR "/tests/fixtures/models/") + GetParam();
  ASSERT_TRUE(WriteFileAtomically(root + "/source/tokenizer.json", "{}").ok());
  std::filesystem::copy_file(original + "/config.json", root + "/source/config.json");
  const auto architecture = ReadArchitecture(original);
  ASSERT_TRUE(architecture.ok()) << architecture.status();
  const auto weights = LoadWeights(original, *architecture, at::kFloat);
  ASSERT_TRUE(weights.ok()) << weights.status();
  ASSERT_TRUE(SaveModel(root + "/copied", *architecture, *weights, at::kFloat, root + "/source",
                        /*max_shard_bytes=*/20000)
                  .ok());
  // Without the source's config.json, so that the one of WriteArchitecture() is tried too.
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
                                           "qwen3"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace hir
