#include "hir/data/take_apart.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string>& Texts() {
  static const auto* const texts =
      new std::vector<std::string>{"Use no commas.", "Write at least 40 words"};
  return *texts;
}

TakenApart Apart(const std::string& prompt, const std::vector<std::string>& texts = Texts()) {
  const auto apart = TakeApart(prompt, texts);
  EXPECT_TRUE(apart.ok()) << prompt << ": " << apart.status();
  return apart.ok() ? *apart : TakenApart();
}

std::string WhyNot(const std::string& prompt, const std::vector<std::string>& texts = Texts()) {
  const auto apart = TakeApart(prompt, texts);
  EXPECT_FALSE(apart.ok()) << apart->question;
  return std::string(apart.status().message());
}

TEST(TakeApart, KnowsEachOfTheSixLayoutsByteByByte) {
  for (const char* question : {"Name three rivers.", "A:\n\n- b\n\nWhat is it?", "Why"}) {
    for (const size_t count : {1, 2}) {
      const std::vector<std::string> texts(Texts().begin(), Texts().begin() + count);
      for (const Layout layout : kLayouts) {
        const std::string prompt = ComposeInstruction(question, texts, layout);
        const TakenApart apart = Apart(prompt, texts);
        EXPECT_TRUE(apart.exact) << prompt;
        EXPECT_EQ(ComposeInstruction(apart.question, texts, apart.layout), prompt);
        EXPECT_EQ(apart.question, question) << prompt;
        if (count > 1) {
          EXPECT_EQ(apart.layout, layout) << prompt;
        }
      }
    }
  }
}

TEST(TakeApart, AListUnderAnotherHeadingIsTheNearestLayout) {
  const TakenApart numbered = Apart(
      "Describe a harbour. \nThe output must follow the following rules: \n1. Use no commas. \n"
      "2. Write at least 40 words.");
  EXPECT_EQ(numbered.question, "Describe a harbour.");
  EXPECT_EQ(numbered.layout, Layout::kNumberedRules);
  EXPECT_FALSE(numbered.exact);
  const TakenApart bullets = Apart(
      "Describe a harbour.\n\nRequirements:\n* Use no commas\n* Write at least 40 words\n\n"
      "Thank you.");
  EXPECT_EQ(bullets.question, "Describe a harbour.\n\nThank you.");
  EXPECT_EQ(bullets.layout, Layout::kDashes);
  const TakenApart lines = Apart("Describe a harbour.\nUse no commas\nWrite at least 40 words\n");
  EXPECT_EQ(lines.question, "Describe a harbour.");
  EXPECT_EQ(lines.layout, Layout::kLines);
  EXPECT_EQ(Apart("Describe:\r\n1) Write at least 40 words.\r\n2) Use no commas.\r\n").question,
            "Describe:");
}

TEST(TakeApart, SentencesAreFoundWhereverTheyStand) {
  const TakenApart around =
      Apart("Use no commas. Describe a harbour. Write at least 40 words. It is for a child.");
  EXPECT_EQ(around.question, "Describe a harbour. It is for a child.");
  const TakenApart before = Apart("Write at least 40 words. Use no commas. Describe a harbour.");
  EXPECT_EQ(before.question, "Describe a harbour.");
  EXPECT_EQ(before.layout, Layout::kSentencesFirst);
  const TakenApart swapped = Apart("Describe a harbour. Write at least 40 words. Use no commas.");
  EXPECT_EQ(swapped.question, "Describe a harbour.");
  EXPECT_EQ(swapped.layout, Layout::kSpace);
}

TEST(TakeApart, ATextThatIsPartOfALongerOneIsFoundByItself) {
  const TakenApart apart = Apart("Say it. Use no commas. Use no commas in the title.",
                                 {"Use no commas", "Use no commas in the title"});
  EXPECT_FALSE(apart.question.empty());
  EXPECT_EQ(apart.question, "Say it.");
}

TEST(TakeApart, SaysWhyItCannot) {
  EXPECT_THAT(WhyNot("Describe a harbour. Use no commas."), HasSubstr("is not found"));
  EXPECT_THAT(WhyNot("Describe a harbour. Use no commas and write at least 40 words. Write at "
                     "least 40 words."),
              HasSubstr("part of a sentence"));
  EXPECT_THAT(WhyNot("Use no commas. Describe. Use no commas. Write at least 40 words."),
              HasSubstr("twice"));
  EXPECT_THAT(WhyNot("Use no commas. Write at least 40 words."), HasSubstr("constraints only"));
  EXPECT_THAT(WhyNot("Describe.", {"Use no commas", " . "}), HasSubstr("no text of its own"));
  EXPECT_THAT(WhyNot("Describe.", {}), HasSubstr("no text of its own"));
}

TEST(TakeApart, NoConstraintIsLeftInTheQuestion) {
  // The first is part of a sentence that stays.
  EXPECT_THAT(WhyNot("Can you Use no commas here?\n\n- Use no commas.\n- Write at least 40 words"),
              HasSubstr("twice"));
}

}  // namespace
}  // namespace hir
