#include "hir/domain/verdict_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum Verdict;

TEST(VerdictList, IsReadAsItWasWritten) {
  const std::vector<Verdict> verdicts = {kPass, kUndecidable, kFail};
  const nlohmann::ordered_json list = VerdictList(verdicts);
  EXPECT_EQ(list.dump(), R"([true,"undecidable",false])");
  EXPECT_EQ(ReadVerdictList(nlohmann::json(list)), verdicts);
}

TEST(ReadVerdictList, TakesNothingUnknownForAPass) {
  EXPECT_THAT(ReadVerdictList(nlohmann::json::array({"true", 1})),
              ElementsAre(kUndecidable, kUndecidable));
  EXPECT_THAT(ReadVerdictList(nullptr), IsEmpty());
}

}  // namespace
}  // namespace hir
