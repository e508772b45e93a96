#include "services/verifier/config.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(VerifierConfig, IsValidByDefault) { EXPECT_TRUE(Validate({}).ok()); }

TEST(VerifierConfig, NamesTheFlagThatIsOutOfRange) {
  EXPECT_THAT(Validate({.max_pending_responses = 0}).message(),
              HasSubstr("--max-pending-responses can't be 0"));
  EXPECT_THAT(Validate({.verify_threads = 257}).message(),
              HasSubstr("--verify-threads can't be 257"));
  EXPECT_THAT(Validate({.waiting_checks = 0}).message(), HasSubstr("--waiting-checks can't be 0"));
}

}  // namespace
}  // namespace hir
