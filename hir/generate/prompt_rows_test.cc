#include "hir/generate/prompt_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ShareRows, PromptsThatFitShareAPass) {
  EXPECT_THAT(ShareRows({}, 256, 32), IsEmpty());
  EXPECT_THAT(ShareRows({{.tokens = 90}, {.tokens = 60}}, 256, 32), ElementsAre(90, 60));
}

TEST(ShareRows, EqualPromptsAreComputedInTheirOrder) {
  EXPECT_THAT(ShareRows({{.tokens = 90}, {.tokens = 90}, {.tokens = 90}, {.tokens = 90}}, 256, 32),
              ElementsAre(90, 90, 76, 0));
}

TEST(ShareRows, AShortPromptDoesNotWaitForLongOnes) {
  EXPECT_THAT(ShareRows({{.tokens = 9000}, {.tokens = 8000}, {.tokens = 50}}, 256, 32),
              ElementsAre(128, 78, 50));
}

TEST(ShareRows, TheOldestPromptGetsHalfHoweverManyShortOnesCome) {
  EXPECT_THAT(ShareRows({{.tokens = 9000}, {.tokens = 100}, {.tokens = 100}}, 256, 32),
              ElementsAre(128, 100, 28));
  EXPECT_THAT(ShareRows({{.tokens = 9000}, {.tokens = 1}}, 1, 32), ElementsAre(1, 0));
}

TEST(ShareRows, ScoredPromptsGetOnlyTheirRows) {
  EXPECT_THAT(
      ShareRows({{.tokens = 100, .scored = true}, {.tokens = 500}, {.tokens = 9, .scored = true}},
                256, 32),
      ElementsAre(32, 224, 0));
}

TEST(ShareRows, NoRowIsLeftThatAPromptCanUse) {
  EXPECT_THAT(ShareRows({{.tokens = 300}}, 256, 32), ElementsAre(256));
  EXPECT_THAT(ShareRows({{.tokens = 300}}, 0, 32), ElementsAre(0));
}

}  // namespace
}  // namespace hir
