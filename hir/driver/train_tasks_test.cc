#include "hir/driver/train_tasks.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::ElementsAre;

RunConfig SmallConfig() {
  RunConfig config;
  config.rollout.train_batch_size = 4;
  config.rollout.responses_per_prompt = 2;
  config.learner.total_steps = 5;
  return config;
}

TEST(TaskOrder, IsAPermutationOfEveryEpoch) {
  const std::vector<size_t> order = TaskOrder(SmallConfig(), {{.records = 10, .weight = 1}});
  ASSERT_EQ(order.size(), 20u);
  EXPECT_EQ(std::set<size_t>(order.begin(), order.begin() + 10).size(), 10u);
  EXPECT_EQ(std::set<size_t>(order.begin() + 10, order.end()).size(), 10u);
  EXPECT_FALSE(std::equal(order.begin(), order.begin() + 10, order.begin() + 10));
}

TEST(TaskOrder, DependsOnTheSeedAlone) {
  RunConfig config = SmallConfig();
  const std::vector<size_t> order = TaskOrder(config, {{.records = 10, .weight = 1}});
  EXPECT_EQ(TaskOrder(config, {{.records = 10, .weight = 1}}), order);
  config.seed = 2;
  EXPECT_NE(TaskOrder(config, {{.records = 10, .weight = 1}}), order);
}

TEST(TaskOrder, IsTheFilesWithoutShuffling) {
  RunConfig config = SmallConfig();
  config.data.shuffle = false;
  config.learner.total_steps = 1;
  EXPECT_THAT(TaskOrder(config, {{.records = 3, .weight = 1}}), ElementsAre(0, 1, 2, 0));
}

TEST(TaskOrder, GivesEveryFileItsWeightsShareOfAnyFirstTasks) {
  RunConfig config = SmallConfig();
  const std::vector<FileShare> files = {{.records = 3, .weight = 3}, {.records = 10, .weight = 1}};
  const std::vector<size_t> order = TaskOrder(config, files);
  ASSERT_EQ(order.size(), 20u);
  double second = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    ASSERT_LT(order[i], 13u);
    second += order[i] >= 3;
    EXPECT_NEAR(second, static_cast<double>(i + 1) / 4, 1) << i;
  }
  EXPECT_EQ(second, 5);
  // Each file goes through all of its records before one comes again.
  std::vector<size_t> of_first;
  std::copy_if(order.begin(), order.end(), std::back_inserter(of_first),
               [](size_t index) { return index < 3; });
  for (size_t epoch = 0; epoch + 3 <= of_first.size(); epoch += 3) {
    EXPECT_EQ(std::set<size_t>(of_first.begin() + epoch, of_first.begin() + epoch + 3).size(), 3u);
  }
}

TEST(TaskOrder, MoreStepsChangeNoTask) {
  RunConfig config = SmallConfig();
  const std::vector<FileShare> files = {{.records = 3, .weight = 0.3}, {.records = 5, .weight = 2}};
  const std::vector<size_t> order = TaskOrder(config, files);
  config.learner.total_steps = 9;
  const std::vector<size_t> longer = TaskOrder(config, files);
  EXPECT_TRUE(std::equal(order.begin(), order.end(), longer.begin()));
}

TEST(TasksOfSteps, NumberTasksAcrossSteps) {
  const RunConfig config = SmallConfig();
  const std::vector<InstructionRecord> records = {{{.source_id = "a", .question = "q"}}};
  const auto tasks =
      TasksOfSteps(config, records, TaskOrder(config, {{.records = 1, .weight = 1}}), 2, 3);
  ASSERT_EQ(tasks.size(), 8u);
  EXPECT_EQ(tasks[0].task(), 4u);
  EXPECT_EQ(tasks[0].step(), 2);
  EXPECT_EQ(tasks[7].task(), 11u);
  EXPECT_EQ(tasks[7].step(), 3);
  EXPECT_EQ(tasks[0].responses(), 2u);
  EXPECT_EQ(tasks[0].instruction().question(), "q");
}

TEST(TaskOrder, ReplacementsChangeNoOtherTask) {
  RunConfig config = SmallConfig();
  const std::vector<FileShare> files = {{.records = 30, .weight = 1}, {.records = 9, .weight = 3}};
  const std::vector<size_t> plain = TaskOrder(config, files);
  config.rollout.max_resampled_groups = 3;
  const std::vector<size_t> order = TaskOrder(config, files);
  ASSERT_EQ(order.size(), 5u * 7u);
  std::vector<size_t> first, replacements;
  for (size_t task = 0; task < order.size(); ++task) {
    (task % 7 < 4 ? first : replacements).push_back(order[task]);
  }
  EXPECT_EQ(first, plain);
  EXPECT_FALSE(std::equal(replacements.begin(), replacements.end(), plain.begin()));
  // They have the files' shares too.
  const auto of_first = [](size_t index) { return index < 30; };
  EXPECT_EQ(std::count_if(replacements.begin(), replacements.end(), of_first), 4);
}

TEST(TasksOfSteps, MarkTheReplacementsWhichFollowTheirStepsOtherTasks) {
  RunConfig config = SmallConfig();
  config.rollout.max_resampled_groups = 2;
  const std::vector<InstructionRecord> records = {{{.source_id = "a", .question = "q"}}};
  const auto tasks =
      TasksOfSteps(config, records, TaskOrder(config, {{.records = 1, .weight = 1}}), 2, 3);
  ASSERT_EQ(tasks.size(), 12u);
  for (size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_EQ(tasks[i].task(), 6 + i);
    EXPECT_EQ(tasks[i].step(), i < 6 ? 2 : 3);
    EXPECT_EQ(tasks[i].replacement(), i % 6 >= 4);
  }
}

}  // namespace
}  // namespace hir
