#include "hir/data/constraint_texts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Constraint With(const json& arguments) { return {.kind = "k", .arguments = arguments}; }

TEST(DivideTexts, OneConstraintHasItAll) {
  EXPECT_THAT(DivideTexts(" Say it. Twice. ", {With(json::object())}),
              ElementsAre("Say it. Twice."));
  EXPECT_THAT(DivideTexts(" ", {With(json::object())}), IsEmpty());
}

TEST(DivideTexts, LinesGoBeforeSentences) {
  const std::vector<Constraint> two = {With(json::object()), With(json::object())};
  EXPECT_THAT(DivideTexts("Say it. Twice.\nUse no commas.", two),
              ElementsAre("Say it. Twice.", "Use no commas."));
  EXPECT_THAT(DivideTexts("Use e.g. dots. Quote it!", two),
              ElementsAre("Use e.g. dots.", "Quote it!"));
  EXPECT_THAT(DivideTexts("One. Two. Three.", two), IsEmpty());
  EXPECT_THAT(DivideTexts("Only one.", two), IsEmpty());
}

TEST(DivideTexts, ArgumentsTellWhetherTheOrderIsRight) {
  const std::vector<Constraint> two = {With({{"num_words", 40}}), With({{"keywords", {"Sea"}}})};
  EXPECT_THAT(DivideTexts("Write 40 words. Use the word sea.", two),
              ElementsAre("Write 40 words.", "Use the word sea."));
  EXPECT_THAT(DivideTexts("Use the word sea. Write 40 words.", two), IsEmpty());
  // 40 must not match within 400 or 140.
  EXPECT_THAT(DivideTexts("Write some words. Use sea 400 times.", two),
              ElementsAre("Write some words.", "Use sea 400 times."));
}

}  // namespace
}  // namespace hir
