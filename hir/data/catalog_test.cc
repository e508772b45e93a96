#include "hir/data/catalog.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using nlohmann::json;

TEST(Catalog, HasEachOfThe25KindsOnceInSeveralWordings) {
  std::set<std::string> kinds;
  for (const ConstraintTemplate& shape : ConstraintCatalog()) {
    EXPECT_TRUE(kinds.insert(shape.kind).second) << shape.kind;
    EXPECT_GE(shape.wordings.size(), 3u) << shape.kind;
    EXPECT_TRUE(shape.less_wordings.empty() || shape.less_wordings.size() >= 3) << shape.kind;
    EXPECT_GT(shape.weight, 0) << shape.kind;
  }
  EXPECT_EQ(kinds.size(), 25u);
}

TEST(Catalog, EveryWordingCanBeFilledFromEveryDraw) {
  CounterRandom random(3, 0);
  const std::string task = "Explain how bees make honey.";
  for (const ConstraintTemplate& shape : ConstraintCatalog()) {
    for (int i = 0; i < 200; ++i) {
      const Constraint constraint = DrawConstraint(shape, {task, i % 2 == 0, random});
      EXPECT_THAT(constraint.text, ::testing::Not(::testing::HasSubstr("{"))) << constraint.text;
      EXPECT_TRUE(constraint.arguments.is_object());
    }
  }
}

TEST(Catalog, ATextStatesTheRelationOfItsArguments) {
  CounterRandom random(4, 0);
  const std::string task = "Explain how bees make honey.";
  for (const ConstraintTemplate& shape : ConstraintCatalog()) {
    if (shape.less_wordings.empty()) continue;
    for (int i = 0; i < 50; ++i) {
      const Constraint constraint = DrawConstraint(shape, {task, false, random});
      const bool less = constraint.arguments.dump().find("less than") != std::string::npos;
      EXPECT_EQ(less, !::testing::Matches(::testing::ContainsRegex("at least|At least|or more"))(
                          constraint.text))
          << constraint.text;
    }
  }
}

TEST(Catalog, FillsTextsNumbersListsAndLanguages) {
  EXPECT_EQ(FillWording("Say {w} {n|time}.", {{"w", "hey"}, {"n", 2}}), "Say hey 2 times.");
  EXPECT_EQ(FillWording("{n|time}", {{"n", 1}}), "1 time");
  EXPECT_EQ(FillWording("Use {k}.", {{"k", {"a", "b", "c"}}}), "Use \"a\", \"b\" and \"c\".");
  EXPECT_EQ(FillWording("Use {k}.", {{"k", {"a"}}}), "Use \"a\".");
  EXPECT_EQ(FillWording("In {language}.", {{"language", "fi"}}), "In Finnish.");
  EXPECT_EQ(FillWording("Plain.", json::object()), "Plain.");
}

TEST(Catalog, KeywordsComeFromTheTask) {
  CounterRandom random(5, 0);
  int from_task = 0;
  for (const ConstraintTemplate& shape : ConstraintCatalog()) {
    if (shape.kind != "keywords:existence") continue;
    for (int i = 0; i < 100; ++i) {
      const json words =
          DrawConstraint(shape, {"Explain why elephants remember.", true, random}).arguments;
      from_task += words.dump().find("elephants") != std::string::npos ||
                   words.dump().find("remember") != std::string::npos;
    }
  }
  EXPECT_GT(from_task, 50);
}

}  // namespace
}  // namespace hir
