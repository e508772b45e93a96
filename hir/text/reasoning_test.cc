#include "hir/text/reasoning.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace hir {
namespace {

TEST(AnswerOf, IsWhatFollowsTheLastMark) {
  EXPECT_EQ(AnswerOf("<think>\na\n</think>\n\nRivers run.", "</think>"), "Rivers run.");
  EXPECT_EQ(AnswerOf("a </think> b </think> c", "</think>"), "c");
  EXPECT_EQ(AnswerOf("the template opened it</think>Yes", "</think>"), "Yes");
  EXPECT_EQ(AnswerOf("a[/THINK] b", "[/THINK]"), "b");
}

TEST(AnswerOf, HasNoWhiteSpaceAtItsEnds) {
  EXPECT_EQ(AnswerOf("</think>\xC2\xA0\xE2\x80\x83\r\n a  b \x1c\xE3\x80\x80", "</think>"), "a  b");
  EXPECT_EQ(AnswerOf("</think> \n ", "</think>"), "");
  // Characters that Python does not count as white space stay, as do invalid bytes.
  EXPECT_EQ(AnswerOf("</think>\xE2\x80\x8B"
                     "a\x85",
                     "</think>"),
            "\xE2\x80\x8B"
            "a\x85");
}

TEST(AnswerOf, IsNothingWhenTheReasoningNeverEnded) {
  EXPECT_EQ(AnswerOf("<think> still thinking </thin", "</think>"), "");
  EXPECT_FALSE(ReasoningEnded("<think> still thinking </thin", "</think>"));
  EXPECT_TRUE(ReasoningEnded("a</think>", "</think>"));
}

TEST(AnswerOf, IsTheWholeTextWithoutAMark) {
  EXPECT_EQ(AnswerOf(" a </think> b ", ""), " a </think> b ");
  EXPECT_TRUE(ReasoningEnded("a", ""));
}

struct Split {
  std::string reasoning;
  std::string answer;
};

Split SplitPieces(const std::vector<std::string>& pieces, const std::string& mark) {
  ReasoningSplitter splitter(mark);
  Split split;
  const auto add = [&split](const ReasoningSplitter::Piece& piece) {
    split.reasoning += piece.reasoning;
    split.answer += piece.answer;
  };
  for (const std::string& piece : pieces) add(splitter.Push(piece));
  add(splitter.Finish());
  return split;
}

TEST(ReasoningSplitter, GivesTheSameWhateverThePieces) {
  const std::string texts[] = {"<think>\nWhy < not </b>?\n</think>\n\nA </think> b ",
                               "Why < not </b>?\n</think>A </think> b "};
  for (const std::string& text : texts) {
    for (size_t size = 1; size <= text.size(); ++size) {
      std::vector<std::string> pieces;
      for (size_t at = 0; at < text.size(); at += size) pieces.push_back(text.substr(at, size));
      const Split split = SplitPieces(pieces, "</think>");
      EXPECT_EQ(split.reasoning, "Why < not </b>?\n") << size;
      EXPECT_EQ(split.answer, "A </think> b ") << size;
    }
  }
}

TEST(ReasoningSplitter, TextWithoutItsMarkIsAllReasoning) {
  EXPECT_EQ(SplitPieces({"<thi", "nk>a </thi"}, "</think>").reasoning, "a </thi");
  EXPECT_EQ(SplitPieces({"<thi"}, "</think>").reasoning, "<thi");
  EXPECT_EQ(SplitPieces({"<think>"}, "</think>").reasoning, "");
  EXPECT_EQ(SplitPieces({"a"}, "</think>").answer, "");
}

TEST(ReasoningSplitter, WithoutAMarkAllIsTheAnswer) {
  const Split split = SplitPieces({" <think>a", "</think> b"}, "");
  EXPECT_EQ(split.reasoning, "");
  EXPECT_EQ(split.answer, " <think>a</think> b");
}

}  // namespace
}  // namespace hir
