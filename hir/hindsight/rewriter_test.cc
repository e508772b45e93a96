#include "hir/hindsight/rewriter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace hir {
namespace {

using ::testing::HasSubstr;
using enum Layout;
using enum Verdict;

Instruction Of(const std::string& question, const std::vector<std::string>& texts, Layout layout) {
  Instruction instruction = {.question = question, .layout = layout};
  for (const std::string& text : texts) instruction.constraints.push_back({.text = text});
  return instruction;
}

using Indices = std::vector<size_t>;

TEST(PartConstraints, KeepsWhatIsMet) {
  const PartedConstraints parted =
      PartConstraints({.verdicts = {kPass, kUndecidable, kFail, kPass}}, 0);
  EXPECT_EQ(parted.kept, (Indices{0, 3}));
  EXPECT_EQ(parted.dropped, (Indices{1, 2}));
  EXPECT_TRUE(PartConstraints({.verdicts = {kFail, kUndecidable}}, 0).kept.empty());
  EXPECT_TRUE(PartConstraints({.verdicts = {kPass}}, 0).dropped.empty());
}

TEST(PartConstraints, DropsWhatTooFewVotesHoldTrue) {
  const ScoredResponse response = {.verdicts = {kPass, kPass, kPass, kFail},
                                   .votes = {{}, {3, 2}, {4, 3}, {2, 0}}};
  const auto kept = [&](double threshold) { return PartConstraints(response, threshold).kept; };
  EXPECT_EQ(kept(0), (Indices{0, 1, 2}));
  EXPECT_EQ(kept(2.0 / 3), (Indices{0, 1, 2}));
  EXPECT_EQ(kept(0.75), (Indices{0, 2}));
  EXPECT_EQ(kept(1), (Indices{0}));
}

TEST(PartConstraints, DropsWhatDependsOnADroppedOneHoweverFarAway) {
  ScoredResponse response = {.verdicts = {kPass, kPass, kPass, kFail, kPass},
                             .depends_on = {{1}, {2}, {3}, {}, {}}};
  EXPECT_EQ(PartConstraints(response, 0).kept, (Indices{4}));
  response.verdicts[3] = kPass;
  EXPECT_EQ(PartConstraints(response, 0).kept, (Indices{0, 1, 2, 3, 4}));
  response.votes = {{}, {}, {}, {3, 2}, {}};
  EXPECT_EQ(PartConstraints(response, 1).kept, (Indices{4}));
}

RC_GTEST_PROP(PartConstraints, KeepsNothingThatRefersToADroppedOneAndNoLessThanThat, ()) {
  ScoredResponse response;
  const size_t count = *rc::gen::inRange<size_t>(1, 9);
  for (size_t i = 0; i < count; ++i) {
    response.verdicts.push_back(*rc::gen::inRange(0, 3) == 0 ? kFail : kPass);
    // On earlier ones only, so there are no circles.
    Indices others;
    for (size_t other = 0; other < i; ++other) {
      if (*rc::gen::inRange(0, 4) == 0) others.push_back(other);
    }
    response.depends_on.push_back(others);
  }
  const PartedConstraints parted = PartConstraints(response, 0);
  RC_ASSERT(parted.kept.size() + parted.dropped.size() == count);
  const std::set<size_t> kept(parted.kept.begin(), parted.kept.end());
  for (size_t i = 0; i < count; ++i) {
    bool may_stay = response.verdicts[i] == kPass;
    for (const size_t other : response.depends_on[i]) may_stay &= kept.count(other) > 0;
    RC_ASSERT(may_stay == (kept.count(i) > 0));
  }
}

TEST(RewriteInstruction, KeepsOnlyTheNamedConstraints) {
  const std::vector<size_t> kept = {0, 2};
  EXPECT_EQ(*RewriteInstruction(Of("q", {"a", "b", "c"}, kDashes), kept), "q\n\n- a\n- c");
}

TEST(RewriteInstruction, RefusesIndicesOutOfRangeOrOrder) {
  const Instruction instruction = Of("q", {"a", "b"}, kLines);
  const std::vector<size_t> outside = {2}, falling = {1, 0};
  EXPECT_THAT(RewriteInstruction(instruction, outside).status().message(),
              HasSubstr("kept[0] is 2"));
  EXPECT_THAT(RewriteInstruction(instruction, falling).status().message(),
              HasSubstr("kept[1] is 0"));
}

RC_GTEST_PROP(RewriteInstruction, KeepsTheOrderAndNothingElse, (uint8_t count, uint32_t mask)) {
  std::vector<std::string> constraints;
  std::vector<size_t> kept;
  for (size_t i = 0; i < count % 12; ++i) {
    constraints.push_back(absl::StrCat("<", i, ">"));
    if ((mask >> i) & 1) kept.push_back(i);
  }
  const auto layout = static_cast<Layout>(*rc::gen::inRange(1, 7));
  const std::string text = *RewriteInstruction(Of("question", constraints, layout), kept);
  size_t position = 0;
  for (size_t i = 0, next = 0; i < constraints.size(); ++i) {
    const size_t found = text.find(constraints[i]);
    const bool wanted = next < kept.size() && kept[next] == i;
    RC_ASSERT((found != std::string::npos) == wanted);
    if (!wanted) continue;
    RC_ASSERT(found >= position);
    position = found;
    ++next;
  }
  RC_ASSERT(text.find("question") != std::string::npos);
}

}  // namespace
}  // namespace hir
