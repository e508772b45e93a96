#include "hir/hindsight/rewriter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace hir {
namespace {

using ::testing::HasSubstr;
using enum Layout;

Instruction Of(const std::string& question, const std::vector<std::string>& texts, Layout layout) {
  Instruction instruction = {.question = question, .layout = layout};
  for (const std::string& text : texts) instruction.constraints.push_back({.text = text});
  return instruction;
}

TEST(RewriteInstruction, KeepsOnlyTheNamedConstraints) {
  const std::vector<size_t> kept = {0, 2};
  EXPECT_EQ(*RewriteInstruction(Of("q", {"a", "b", "c"}, kDashes), kept), "q\n\n- a\n- c");
}

TEST(RewriteInstruction, RefusesIndicesOutOfRangeOrOrder) {
  const Instruction instruction = Of("q", {"a", "b"}, kLines);
  const std::vector<size_t> outside = {2}, falling = {1, 0};
  EXPECT_THAT(RewriteInstruction(instruction, outside).status().message(),
              HasSubstr("kept[0] is 2"));
  EXPECT_THAT(RewriteInstruction(instruction, falling).status().message(),
              HasSubstr("kept[1] is 0"));
}

RC_GTEST_PROP(RewriteInstruction, KeepsTheOrderAndNothingElse, (uint8_t count, uint32_t mask)) {
  std::vector<std::string> constraints;
  std::vector<size_t> kept;
  for (size_t i = 0; i < count % 12; ++i) {
    constraints.push_back(absl::StrCat("<", i, ">"));
    if ((mask >> i) & 1) kept.push_back(i);
  }
  const auto layout = static_cast<Layout>(*rc::gen::inRange(1, 7));
  const std::string text = *RewriteInstruction(Of("question", constraints, layout), kept);
  size_t position = 0;
  for (size_t i = 0, next = 0; i < constraints.size(); ++i) {
    const size_t found = text.find(constraints[i]);
    const bool wanted = next < kept.size() && kept[next] == i;
    RC_ASSERT((found != std::string::npos) == wanted);
    if (!wanted) continue;
    RC_ASSERT(found >= position);
    position = found;
    ++next;
  }
  RC_ASSERT(text.find("question") != std::string::npos);
}

}  // namespace
}  // namespace hir
