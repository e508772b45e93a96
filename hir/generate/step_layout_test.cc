#include "hir/generate/step_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Adds `count` tokens in one step, as of a prompt.
StepLayout Add(SlotState& state, int64_t count) {
  std::vector<DecodeRow> rows;
  for (int64_t i = 0; i < count; ++i) rows.push_back({7, &state});
  return LayOutStep(rows);
}

std::vector<int64_t> Numbers(int64_t first, int64_t count) {
  std::vector<int64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

TEST(StepLayout, EachRowHasItsTokenItsPlaceAndItsSlot) {
  PageAllocator pages(8);
  SlotState first(pages, nullptr, kSlotsPerPage + 4);
  SlotState second(pages, nullptr, 4);
  const std::vector<DecodeRow> rows = {{3, &first, 5}, {4, &first, 5}, {9, &second}};
  const StepLayout layout = LayOutStep(rows);
  EXPECT_THAT(layout.tokens, ElementsAre(3, 4, 9));
  ASSERT_EQ(layout.places.size(), 3u);
  EXPECT_EQ(layout.places[1].position, 1);
  EXPECT_EQ(layout.places[1].length, 5);
  EXPECT_EQ(layout.places[2].position, 0);
  EXPECT_EQ(layout.places[2].length, 1);
  EXPECT_THAT(layout.slots, ElementsAre(0, 1, 2 * kSlotsPerPage));
  EXPECT_EQ(first.tokens(), 2);
  EXPECT_EQ(second.tokens(), 1);
}

TEST(StepLayout, ARunIsTheAdjacentRowsOfOneState) {
  PageAllocator pages(8);
  SlotState first(pages, nullptr, kSlotsPerPage + 4);
  SlotState second(pages, nullptr, 4);
  Add(first, 2);
  const std::vector<DecodeRow> rows = {{3, &first}, {4, &first}, {9, &second}, {5, &first}};
  const StepLayout layout = LayOutStep(rows);
  EXPECT_THAT(layout.run_begin, ElementsAre(0, 2, 3, 4));
  EXPECT_THAT(layout.context_begin, ElementsAre(0, 4, 5, 10));
  EXPECT_THAT(layout.context, ElementsAre(0, 1, 2, 3, 2 * kSlotsPerPage, 0, 1, 2, 3, 4));
}

TEST(StepLayout, SamplesShareThePagesOfTheirPromptAndWriteOnlyToTheirOwn) {
  PageAllocator pages(8);
  auto prompt = std::make_shared<SlotState>(pages, nullptr, kSlotsPerPage + 3);
  Add(*prompt, kSlotsPerPage + 3);
  SlotState one(pages, prompt, 5);
  SlotState two(pages, prompt, 5);
  const std::vector<DecodeRow> rows = {{1, &one}, {2, &two}};
  const StepLayout layout = LayOutStep(rows);
  EXPECT_THAT(layout.slots, ElementsAre(2 * kSlotsPerPage, 3 * kSlotsPerPage));
  EXPECT_EQ(layout.places[1].position, kSlotsPerPage + 3);
  std::vector<int64_t> context = Numbers(0, kSlotsPerPage + 3);
  context.push_back(2 * kSlotsPerPage);
  std::vector<int64_t> both = context;
  both.insert(both.end(), context.begin(), context.end());
  both.back() = 3 * kSlotsPerPage;
  EXPECT_EQ(layout.context, both);
}

TEST(StepLayout, AStateTakesPagesForAllItsTokensAndGivesThemBack) {
  PageAllocator pages(4);
  auto prompt = std::make_shared<SlotState>(pages, nullptr, kSlotsPerPage + 1);
  EXPECT_EQ(pages.free(), 2);
  {
    SlotState sample(pages, prompt, kSlotsPerPage);
    EXPECT_EQ(pages.free(), 1);
    Add(sample, kSlotsPerPage);
    EXPECT_EQ(pages.free(), 1);
  }
  EXPECT_EQ(pages.free(), 2);
  prompt = nullptr;
  EXPECT_EQ(pages.free(), 4);
}

TEST(StepLayout, SlotsFollowThePagesInTheOrderInWhichTheyWereTaken) {
  PageAllocator pages(4);
  auto gone = std::make_unique<SlotState>(pages, nullptr, 1);
  SlotState other(pages, nullptr, 1);
  gone = nullptr;
  SlotState state(pages, nullptr, 2 * kSlotsPerPage);
  const StepLayout layout = Add(state, kSlotsPerPage + 1);
  EXPECT_EQ(layout.slots.front(), 0);
  EXPECT_EQ(layout.slots.back(), 2 * kSlotsPerPage);
}

TEST(StepLayout, AStepWithoutRowsHasNoRuns) {
  const StepLayout layout = LayOutStep({});
  EXPECT_THAT(layout.tokens, IsEmpty());
  EXPECT_THAT(layout.run_begin, ElementsAre(0));
}

}  // namespace
}  // namespace hir
