#include "hir/domain/wire/instruction.h"

#include <gtest/gtest.h>

namespace hir {
namespace {

TEST(InstructionOnTheWire, ComesBackAsItWas) {
  const Instruction instruction = {
      .source_id = "s",
      .question = "q",
      .constraints = {{.kind = "a", .arguments = {{"n", 1}}, .text = "one"}, {.kind = "b"}},
      .layout = Layout::kDashes};
  const Instruction back = FromProto(ToProto(instruction));
  EXPECT_EQ(back.source_id, "s");
  EXPECT_EQ(back.question, "q");
  ASSERT_EQ(back.constraints.size(), 2u);
  EXPECT_EQ(back.constraints[0].text, "one");
  EXPECT_EQ(back.constraints[1].kind, "b");
  EXPECT_EQ(back.layout, Layout::kDashes);
  EXPECT_FALSE(back.prompt_is_complete);
  EXPECT_EQ(PromptText(back), PromptText(instruction));
}

TEST(InstructionOnTheWire, MayHaveACompletePromptAndNoLayout) {
  common::v1::Instruction proto;
  proto.set_question("q");
  proto.set_prompt_is_complete(true);
  proto.add_constraints()->set_text("t");
  EXPECT_EQ(PromptText(FromProto(proto)), "q");
}

}  // namespace
}  // namespace hir
