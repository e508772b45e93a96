#include <string>
#include <vector>

#include "cli/commands.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

TEST(RunHindsightCommand, WantsInputAndStep) {
  const std::vector<std::string> args = {"--input", "scored.jsonl"};
  EXPECT_EQ(RunHindsightCommand(args).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hir
