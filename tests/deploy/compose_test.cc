// The topology of docker/compose.yaml, run without containers.
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "hir/base/file.h"
#include "tests/support/tiny_run.h"

namespace hir {
namespace {

TEST(Compose, TrainsARunWithItsOwnCommandsOrderAndHealthChecks) {
  if (std::system("command -v prometheus >/dev/null") != 0) {  // NOLINT(concurrency-mt-unsafe)
    GTEST_SKIP() << "prometheus is not installed; tools/setup_test.sh installs it";
  }
  TinyRun run("compose", TinyConstraints::kLetterAndNoComma);
  const std::string config = *ReadFile(run.config_path());
  ASSERT_TRUE(WriteFileAtomically(run.config_path(), config + "eval:\n  every: 3\n").ok());
  TestProcess ring({HIR_DEPS_DIR "/venv/bin/python", HIR_SOURCE_DIR "/tests/deploy/compose_ring.py",
                    "--bin", HIR_BIN_DIR, "--model", run.model_folder(), "--data", run.root(),
                    "--config", "tiny.yaml", "--run", "tiny", "--steps", "6"},
                   absl::StrCat(run.root(), "/compose.log"));
  EXPECT_EQ(ring.Wait(absl::Minutes(5)), 0) << ring.Output();
}

}  // namespace
}  // namespace hir
