// A folder that SaveAdapters() wrote must load in PEFT, and be the model that MergeAdapters() makes
// of it. Needs the Python of tools/setup_test.sh, which `make test` calls.
#include <stdlib.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"
#include "hir/model/lora.h"
#include "hir/model_folder/read_architecture.h"

namespace hir {
namespace {

constexpr char kPython[] = HIR_DEPS_DIR "/transformers_python";
constexpr int kNoPeft = 77;

class PeftLoads : public ::testing::TestWithParam<const char*> {};

TEST_P(PeftLoads, SavedAdaptersAsTheMergedModel) {
  if (!std::filesystem::exists(kPython)) {
    GTEST_SKIP() << kPython << " does not exist; run tools/setup_test.sh.";
  }
  std::string root = ::testing::TempDir() + "/peft_loads_XXXXXX";
  ASSERT_NE(mkdtemp(root.data()), nullptr);
  const absl::Cleanup remove = [&root] { std::filesystem::remove_all(root); };
  const std::string base = root + "/base";
  std::filesystem::copy(std::string(HIR_SOURCE_DIR "/tests/fixtures/models/") + GetParam(), base);
  // A model is saved with its tokenizer, which the fixtures lack.
  ASSERT_TRUE(WriteFileAtomically(base + "/tokenizer.json", "{}").ok());
  const auto architecture = ReadArchitecture(base);
  ASSERT_TRUE(architecture.ok()) << architecture.status();
  LoraAdapters adapters = NewAdapters(AllLinearWeights(*architecture), 4, 6, /*seed=*/1);
  for (LoraAdapter& adapter : adapters.adapters) adapter.b.uniform_(-0.2, 0.2);
  ASSERT_EQ(SaveAdapters(root + "/adapters", adapters, base), absl::OkStatus());
  ASSERT_EQ(MergeAdapters(root + "/adapters", "", root + "/merged", at::kFloat), absl::OkStatus());
  const std::string command = std::string(kPython) +
                              " " HIR_SOURCE_DIR "/tests/model/compare_in_peft.py " + base + " " +
                              root + "/adapters " + root + "/merged";
  const int status = std::system(command.c_str());
  if (WEXITSTATUS(status) == kNoPeft) GTEST_SKIP() << kPython << " has no PEFT.";
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Models, PeftLoads, ::testing::Values("llama", "gemma3"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace hir
