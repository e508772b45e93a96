#include "hir/domain/instruction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hir {
namespace {

using ::testing::HasSubstr;
using enum Layout;

std::string Compose(Layout layout) {
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
  EXPECT_EQ(StripOuterWhiteSpace("\u200b"), "\u200b");  // A zero width space is not white space.
  EXPECT_EQ(StripOuterWhiteSpace(" \n "), "");
}

TEST(ParseLayout, TakesOneToSix) {
  EXPECT_EQ(*ParseLayout(6), kLines);
  EXPECT_THAT(ParseLayout(0).status().message(), HasSubstr("layout is 0"));
  EXPECT_FALSE(ParseLayout(7).ok());
}

TEST(PromptText, LaysTheConstraintsOutUnlessTheQuestionTellsThem) {
  Instruction instruction = {.question = "Why?",
                             .constraints = {{.text = "Rhyme"}, {.text = "Be brief!"}},
                             .layout = kNewline};
  EXPECT_EQ(PromptText(instruction), "Why?\nRhyme. Be brief!");
  instruction.prompt_is_complete = true;
  EXPECT_EQ(PromptText(instruction), "Why?");
}

std::string DependencyError(const std::vector<std::vector<size_t>>& depends_on) {
  std::vector<Constraint> constraints(depends_on.size());
  for (size_t i = 0; i < depends_on.size(); ++i) constraints[i].depends_on = depends_on[i];
  return std::string(CheckDependencies(constraints).message());
}

TEST(CheckDependencies, TakesThoseThatCanBePutInOrder) {
  EXPECT_EQ(DependencyError({}), "");
  EXPECT_EQ(DependencyError({{}, {0}, {1, 0}}), "");
  EXPECT_EQ(DependencyError({{2}, {}, {1}}), "");
}

TEST(CheckDependencies, NamesTheConstraintThatIsWrong) {
  EXPECT_EQ(
      DependencyError({{}, {2}}),
      "constraints[1]: depends_on has 2, but the 2 constraints of the instruction are counted "
      "from 0");
  EXPECT_EQ(DependencyError({{}, {0, 0}}), "constraints[1]: depends_on has 0 twice");
  for (const auto& circle : std::vector<std::vector<std::vector<size_t>>>{
           {{}, {1}}, {{}, {2}, {1}}, {{}, {3}, {}, {4}, {1}}}) {
    EXPECT_EQ(DependencyError(circle),
              "constraints[1]: depends_on leads in a circle, so none of these constraints could "
              "come first");
  }
}

TEST(DependenciesOf, AreEmptyWhereNoConstraintDependsOnAnother) {
  std::vector<Constraint> constraints(2);
  EXPECT_TRUE(DependenciesOf(constraints).empty());
  constraints[1].depends_on = {0};
  EXPECT_EQ(DependenciesOf(constraints), (std::vector<std::vector<size_t>>{{}, {0}}));
}

}  // namespace
}  // namespace hir
