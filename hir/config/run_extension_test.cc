#include "hir/config/run_extension.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hir {
namespace {

using ::testing::HasSubstr;

TEST(CheckExtends, LetsNothingChangeButMoreSteps) {
  RunConfig before;
  before.learner.total_steps = 12;
  RunConfig now = before;
  EXPECT_TRUE(CheckExtends(before, now).ok());
  now.learner.total_steps = 20;
  EXPECT_TRUE(CheckExtends(before, now).ok());
  now.optimizer.lr = 0.5;
  const absl::Status status = CheckExtends(before, now);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("lr: 0.5"));
}

TEST(CheckExtends, DoesNotShortenARun) {
  RunConfig before;
  before.learner.total_steps = 12;
  RunConfig now = before;
  now.learner.total_steps = 11;
  EXPECT_THAT(std::string(CheckExtends(before, now).message()), HasSubstr("total_steps: 11"));
}

}  // namespace
}  // namespace hir
