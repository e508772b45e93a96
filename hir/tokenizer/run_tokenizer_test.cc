#include "hir/tokenizer/run_tokenizer.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(CheckRunTokenizer, TakesTheTokenizerThatTheRunWasMadeWith) {
  EXPECT_TRUE(CheckRunTokenizer("r", "abc", "models/x", "abc").ok());
}

TEST(CheckRunTokenizer, RefusesAnotherOneAndNamesBothAndWhatToDo) {
  const absl::Status status = CheckRunTokenizer("r", "abc", "models/x", "def");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("run 'r'"), HasSubstr("abc"), HasSubstr("models/x has tokenizer def"),
                    HasSubstr("--model")));
}

}  // namespace
}  // namespace hir
