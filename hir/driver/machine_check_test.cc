#include "hir/driver/machine_check.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(CpuFeatures, FindsWholeWordsOfTheFlagsLine) {
  EXPECT_THAT(CpuFeatures("model name\t: x\nflags\t\t: fpu avx512_bf16 amx_bf16\nbugs\t: none\n"),
              ElementsAre("avx512_bf16", "amx_bf16"));
  EXPECT_THAT(CpuFeatures("x\nflags\t\t: fpu avx512_bf16x\nflags : avx512_bf16\n"), IsEmpty());
  EXPECT_THAT(CpuFeatures(""), IsEmpty());
}

TEST(ExamineMachine, SaysWhatIsMissingAndHowToGetIt) {
  const std::string text = FormatFindings(ExamineMachine("/no/programs", "/no/model"));
  EXPECT_THAT(text, HasSubstr("missing  services   /no/programs lacks hir-replay, hir-verifier, "
                              "hir-rollout, hir-learner; fix: make build"));
  EXPECT_THAT(text, HasSubstr("missing  model      there is no model folder /no/model; fix: make"));
  EXPECT_THAT(text, HasSubstr("ok       versions   hir "));
  EXPECT_THAT(text, HasSubstr("ok       Redis "));
}

}  // namespace
}  // namespace hir
