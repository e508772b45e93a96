#include "hir/text/lexicon/linked_data.h"

#include <algorithm>
#include <string_view>

#include "gtest/gtest.h"

namespace hir::lexicon {
namespace {

TEST(LinkedData, HoldsEveryList) {
  const auto lines = [](std::string_view data) {
    const bool open = !data.empty() && data.back() != '\n';
    return std::count(data.begin(), data.end(), '\n') + (open ? 1 : 0);
  };
  EXPECT_EQ(lines(PunktAbbreviations()), 156);
  EXPECT_EQ(lines(PunktCollocations()), 37);
  EXPECT_EQ(lines(PunktStarters()), 39);
  EXPECT_EQ(lines(PunktOrtho()), 20366);
  EXPECT_EQ(lines(Stopwords()), 198);
  EXPECT_TRUE(LangdetectData().starts_with("HLD1"));
}

TEST(LinkedData, IsWholeInOnePiece) {
  const std::string_view all = AllLinkedData();
  for (const std::string_view data :
       {PunktAbbreviations(), PunktCollocations(), PunktStarters(), PunktOrtho(), Stopwords(),
        SyllableData(), EmojiData(), LangdetectData()}) {
    EXPECT_GE(data.data(), all.data());
    EXPECT_LE(data.data() + data.size(), all.data() + all.size());
  }
}

}  // namespace
}  // namespace hir::lexicon
