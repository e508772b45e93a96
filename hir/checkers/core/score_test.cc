#include "hir/checkers/core/score.h"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/checkers/core/checker_builder.h"
#include "hir/text/python/unicode.h"

namespace hir {
namespace {

using python::EncodeUtf8;
using scan::ScanText;
using ::testing::ElementsAre;

std::vector<std::string> Texts(ResponseVariants&& variants) {
  std::vector<std::string> texts;
  for (int i = 0; i < kLooseVariants; ++i) texts.push_back(EncodeUtf8(variants.text(i).text()));
  return texts;
}

TEST(ResponseVariants, AreTheEightTransformationsInOfficialOrder) {
  EXPECT_THAT(Texts(ResponseVariants(ScanText(U" *a*\n b* \n\nc "))),
              ElementsAre(" *a*\n b* \n\nc ", " a\n b \n\nc ", "b* \n\nc", "*a*\n b*", "b*",
                          "b \n\nc", "a\n b", "b"));
}

TEST(ResponseVariants, CutASingleLineToNothing) {
  EXPECT_THAT(Texts(ResponseVariants(ScanText(U"*x*"))),
              ElementsAre("*x*", "x", "", "", "", "", "", ""));
}

TEST(ResponseVariants, SplitLinesAtLineFeedsOnly) {
  EXPECT_EQ(Texts(ResponseVariants(ScanText(U"a\r\nb\u2028c\r\nd")))[4], "b\u2028c");
}

TEST(ResponseVariants, ShareOneTextWhenEqual) {
  ResponseVariants variants(ScanText(U"plain\ntext"));
  EXPECT_EQ(variants.FirstEqual(1), 0);
  EXPECT_EQ(&variants.text(1), &variants.text(0));
  EXPECT_EQ(variants.FirstEqual(5), 2);
}

// Says what it was asked, and answers by text: "p..." passes, "u..." is undecidable.
std::vector<std::unique_ptr<Checker>> Scripted(std::vector<std::string>* asked) {
  std::vector<std::unique_ptr<Checker>> checkers;
  checkers.push_back(CheckerFrom([asked](const ResponseText& response) {
    asked->push_back(EncodeUtf8(response.text()));
    if (response.text().starts_with(U"u")) return Undecidable("why");
    return PassIf(response.text().starts_with(U"p"));
  }));
  return checkers;
}

TEST(Score, AsksNoCheckerOnceItsCallIsCancelled) {
  for (int allowed : {0, 1, 2, 5}) {
    std::vector<std::string> asked;
    std::vector<std::unique_ptr<Checker>> checkers = Scripted(&asked);
    checkers.push_back(std::move(Scripted(&asked)[0]));
    Score(checkers, "a\n*b*\nc", [&] { return asked.size() == size_t(allowed); });
    EXPECT_EQ(asked.size(), size_t(allowed));
  }
}

TEST(Score, StopsTheLooseScanAtTheFirstPass) {
  std::vector<std::string> asked;
  const Scores scores = Score(Scripted(&asked), "a\npass\nb");
  EXPECT_EQ(scores.strict[0].verdict, Verdict::kFail);
  EXPECT_EQ(scores.loose[0].verdict, Verdict::kPass);
  EXPECT_EQ(asked.back(), "pass\nb");
}

TEST(Score, AsksForNoTextTwice) {
  std::vector<std::string> asked;
  Score(Scripted(&asked), "a\nb\nc");
  EXPECT_THAT(asked, ElementsAre("a\nb\nc", "b\nc", "a\nb", "b"));
}

TEST(Score, StopsTheLooseScanWhereACheckerRaises) {
  std::vector<std::string> asked;
  const Scores scores = Score(Scripted(&asked), "p\nuh");
  EXPECT_EQ(scores.loose[0].verdict, Verdict::kPass);
  const Scores raised = Score(Scripted(&asked), "a\nuh\nb\npass");
  EXPECT_EQ(raised.strict[0].verdict, Verdict::kFail);
  EXPECT_EQ(raised.loose[0], Undecidable("why"));
}

TEST(Score, FailsABlankTextWithoutAskingTheChecker) {
  std::vector<std::string> asked;
  const Scores scores = Score(Scripted(&asked), " \n\u3000\n");
  EXPECT_EQ(scores.strict[0].verdict, Verdict::kFail);
  EXPECT_EQ(scores.loose[0].verdict, Verdict::kFail);
  EXPECT_TRUE(asked.empty());
}

TEST(Score, AsksACheckerThatWaitsOnce) {
  class Counted : public Checker {
   public:
    explicit Counted(int& asked) : asked_(asked) {}
    CheckResult Check(const ResponseText&) const override {
      ++asked_;
      return PassIf(false);
    }
    bool waits() const override { return true; }

   private:
    int& asked_;
  };
  int asked = 0;
  std::vector<std::unique_ptr<Checker>> checkers;
  checkers.push_back(std::make_unique<Counted>(asked));
  EXPECT_EQ(Score(checkers, "first\n*second*\nthird").loose[0].verdict, Verdict::kFail);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace hir
