#include "hir/tokenizer/stopped_text.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/tokenizer/smollm2_for_test.h"

namespace hir {
namespace {

// A tokenizer of 256 bytes and two special tokens, so that each token is one byte.
const Tokenizer& Bytes() {
  static const Tokenizer* const tokenizer =
      Tokenizer::Load(HIR_SOURCE_DIR "/tests/fixtures/tiny_tokenizer")->release();
  return *tokenizer;
}

// The pieces of `ids` up to a stop string, and the result of Finish().
struct Read {
  std::vector<std::string> pieces;
  std::string text;
  bool stopped = false;
  size_t tokens = 0;  // Number of tokens pushed.
  size_t text_tokens = 0;
};

Read ReadTokens(const Tokenizer& tokenizer, const std::vector<int32_t>& ids,
                const std::vector<std::string>& stop_strings, size_t min_tokens = 0) {
  StoppedText text(tokenizer, stop_strings, min_tokens);
  Read read;
  while (!text.stopped() && read.tokens < ids.size()) {
    read.pieces.push_back(text.Push(ids[read.tokens++]));
  }
  read.pieces.push_back(text.Finish());
  for (const std::string& piece : read.pieces) read.text += piece;
  EXPECT_EQ(text.bytes(), read.text.size());
  read.stopped = text.stopped();
  read.text_tokens = text.text_tokens();
  return read;
}

Read ReadText(const std::string& text, const std::vector<std::string>& stop_strings,
              size_t min_tokens = 0) {
  return ReadTokens(Bytes(), *Bytes().Encode(text), stop_strings, min_tokens);
}

TEST(StoppedText, EndsBeforeAStopStringOfSeveralTokens) {
  const Read read = ReadText("Name: Ann\nAge: 3", {"\nAge"});
  EXPECT_EQ(read.text, "Name: Ann");
  EXPECT_TRUE(read.stopped);
  EXPECT_EQ(read.tokens, 13u);
  EXPECT_EQ(read.text_tokens, 9u);
}

TEST(StoppedText, NothingOfAStopStringIsEverReturned) {
  EXPECT_THAT(ReadText("abcd", {"cd"}).pieces, testing::ElementsAre("a", "b", "", "", ""));
}

TEST(StoppedText, WhatOnlyBeganAStopStringIsReturned) {
  const Read read = ReadText("a##b##", {"###"});
  EXPECT_EQ(read.text, "a##b##");
  EXPECT_FALSE(read.stopped);
  EXPECT_THAT(read.pieces, testing::ElementsAre("a", "", "", "##b", "", "", "##"));
  EXPECT_EQ(read.text_tokens, 6u);
}

TEST(StoppedText, FindsAStopStringBehindItsOwnFalseBegin) {
  EXPECT_EQ(ReadText("xaab", {"aab"}).text, "x");
  EXPECT_EQ(ReadText("xaaab", {"aab"}).text, "xa");
  EXPECT_EQ(ReadText("ababac", {"abac"}).text, "ab");
}

TEST(StoppedText, TheStopStringThatEndsFirstCounts) {
  EXPECT_EQ(ReadText("abcd", {"abcd", "bc"}).text, "a");
  EXPECT_EQ(ReadText("abcd", {"bc", "abc"}).text, "");
}

TEST(StoppedText, TheTextDoesNotDependOnWhereTokensBegin) {
  const std::vector<std::string> stop_strings = {" brown fox j", "ro", "n fox"};
  const std::string text = "The quick brown fox jumps";
  const Read read = ReadTokens(SmolLM2(), *SmolLM2().Encode(text), stop_strings);
  EXPECT_EQ(read.text, ReadText(text, stop_strings).text);
  EXPECT_EQ(read.text, "The quick b");
}

TEST(StoppedText, AStopStringMayBeginInsideACharacterOfSeveralTokens) {
  const Read read = ReadText("caf\u00e9!", {"\u00e9"});
  EXPECT_EQ(read.text, "caf");
  EXPECT_EQ(read.text_tokens, 3u);
}

TEST(StoppedText, StopStringsThatEndTooEarlyAreText) {
  EXPECT_EQ(ReadText("a.b.c", {"."}, 3).text, "a.b");
  EXPECT_EQ(ReadText("a.b.c", {"."}, 2).text, "a");
  EXPECT_EQ(ReadText("a..b", {".."}, 9).text, "a..b");
}

TEST(StoppedText, SpecialTokensHaveNoText) {
  std::vector<int32_t> ids = *Bytes().Encode("ab");
  ids.insert(ids.begin() + 1, 257);
  const Read read = ReadTokens(Bytes(), ids, {"ab"});
  EXPECT_EQ(read.text, "");
  EXPECT_TRUE(read.stopped);
}

}  // namespace
}  // namespace hir
