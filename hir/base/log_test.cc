#include "hir/base/log.h"

#include <gtest/gtest.h>

namespace hir {
namespace {

TEST(FormatLogLine, PutsTheFixedKeysFirstAndTheFieldsAfter) {
  EXPECT_EQ(FormatLogLine("T", "hir-x", Severity::kWarning, "m", {{"step", 3}}),
            R"({"time":"T","level":"warning","service":"hir-x","message":"m","step":3})");
}

TEST(FormatLogLine, SurvivesTextThatIsNotUtf8) {
  EXPECT_NE(FormatLogLine("T", "s", Severity::kInfo, "m", {{"text", "\xff"}}).find("text"),
            std::string::npos);
}

}  // namespace
}  // namespace hir
