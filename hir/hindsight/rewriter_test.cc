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
using enum PromptLayout;

std::string Compose(PromptLayout layout) {
  const std::vector<std::string> constraints = {" Use no commas ", "Be brief!", "End with a dot."};
  return ComposeInstruction("Tell a story.", constraints, layout);
}

TEST(ComposeInstruction, WritesEachLayout) {
  EXPECT_EQ(Compose(kSpace), "Tell a story. Use no commas. Be brief! End with a dot.");
  EXPECT_EQ(Compose(kNewline), "Tell a story.\nUse no commas. Be brief! End with a dot.");
  EXPECT_EQ(Compose(kNumberedRules),
            "Tell a story.\n\nThe output must follow these rules:\n"
            "1. Use no commas\n2. Be brief!\n3. End with a dot.");
  EXPECT_EQ(Compose(kDashes), "Tell a story.\n\n- Use no commas\n- Be brief!\n- End with a dot.");
  EXPECT_EQ(Compose(kSentencesFirst), "Use no commas. Be brief! End with a dot.\n\nTell a story.");
  EXPECT_EQ(Compose(kLines), "Tell a story.\n\nUse no commas\nBe brief!\nEnd with a dot.");
}

TEST(ComposeInstruction, LeavesTheQuestionAsItIs) {
  EXPECT_EQ(ComposeInstruction(" Why? ", {"Rhyme"}, kSpace), " Why?  Rhyme.");
  EXPECT_EQ(ComposeInstruction(" Why? ", {}, kNumberedRules), " Why? ");
}

TEST(StripOuterWhiteSpace, KnowsUnicodeSpacesAndKeepsInnerOnes) {
  EXPECT_EQ(StripOuterWhiteSpace("\u3000\u00a0 a\u2003b \t\u2028\x1f\n"), "a\u2003b");
  EXPECT_EQ(StripOuterWhiteSpace("\u200b"), "\u200b");  // Zero width space is no white space.
  EXPECT_EQ(StripOuterWhiteSpace(" \n "), "");
}

TEST(ParsePromptLayout, TakesOneToSix) {
  EXPECT_EQ(*ParsePromptLayout(6), kLines);
  EXPECT_THAT(ParsePromptLayout(0).status().message(), HasSubstr("layout is 0"));
  EXPECT_FALSE(ParsePromptLayout(7).ok());
}

TEST(RewriteInstruction, KeepsOnlyTheNamedConstraints) {
  const std::vector<std::string> constraints = {"a", "b", "c"};
  const std::vector<size_t> kept = {0, 2};
  EXPECT_EQ(*RewriteInstruction("q", constraints, kept, kDashes), "q\n\n- a\n- c");
}

TEST(RewriteInstruction, RefusesIndicesOutOfRangeOrOrder) {
  const std::vector<std::string> constraints = {"a", "b"};
  const std::vector<size_t> outside = {2}, falling = {1, 0};
  EXPECT_THAT(RewriteInstruction("q", constraints, outside, kLines).status().message(),
              HasSubstr("kept[0] is 2"));
  EXPECT_THAT(RewriteInstruction("q", constraints, falling, kLines).status().message(),
              HasSubstr("kept[1] is 0"));
}

RC_GTEST_PROP(RewriteInstruction, KeepsTheOrderAndNothingElse, (uint8_t count, uint32_t mask)) {
  std::vector<std::string> constraints;
  std::vector<size_t> kept;
  for (size_t i = 0; i < count % 12; ++i) {
    constraints.push_back(absl::StrCat("<", i, ">"));
    if ((mask >> i) & 1) kept.push_back(i);
  }
  const auto layout = static_cast<PromptLayout>(*rc::gen::inRange(1, 7));
  const std::string text = *RewriteInstruction("question", constraints, kept, layout);
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
