// Tests the rules, each broken in an invented tree.
#include "tests/architecture/include_graph.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A room within a room, and the rooms they depend on.
Layers MadeUpLayers() {
  return {{"cli", {"hir/text", "hir/text/regex"}},
          {"hir/base", {}},
          {"hir/fakes", {"hir/text"}},
          {"hir/scan", {}},
          {"hir/testing", {}},
          {"hir/text", {"hir/scan"}},
          {"hir/text/regex", {"hir/scan", "hir/text"}}};
}

std::vector<SourceFile> MadeUpFiles() {
  return {{"cli/main.cc", {"cli/main.h", "hir/text/regex/program.h", "vector"}},
          {"hir/base/file.h", {}},
          {"hir/scan/scan.h", {"hir/base/file.h"}},
          {"hir/fakes/fake_words.h", {"hir/text/words.h"}},
          {"hir/testing/fake.h", {}},
          {"hir/text/words.h", {"hir/scan/scan.h"}},
          {"hir/text/words_test.cc",
           {"hir/text/words.h", "hir/testing/fake.h", "hir/fakes/fake_words.h"}},
          {"hir/text/regex/program.h", {"hir/text/words.h", "hir/proto/v1/a.pb.h"}},
          {"hir/text/regex/deeper/still.cc", {"hir/text/regex/program.h"}}};
}

TEST(ParseLayers, ReadsTheBlockAloneAndNamesRepeatedLines) {
  const LayersBlock block = ParseLayers(
      "A page: no line.\n```layers\nhir/base:\nhir/text/regex: hir/text hir/scan\nhir/base:\n```\n"
      "hir/other: hir/text\n");
  EXPECT_EQ(block.layers, (Layers{{"hir/base", {}}, {"hir/text/regex", {"hir/scan", "hir/text"}}}));
  EXPECT_THAT(block.twice, ElementsAre("hir/base"));
  EXPECT_THAT(ParseLayers("A page.").layers, IsEmpty());
}

TEST(IncludesOf, FindsQuotesAndAngleBrackets) {
  EXPECT_THAT(IncludesOf("// Why.\n#include \"a/b.h\"  // For c.\n#include <vector>\nint i;\n"),
              ElementsAre("a/b.h", "vector"));
}

TEST(RoomOf, IsTheDeepestFolderListed) {
  const Layers layers = MadeUpLayers();
  EXPECT_EQ(RoomOf("hir/text/words.h", layers), "hir/text");
  EXPECT_EQ(RoomOf("hir/text/regex/program.h", layers), "hir/text/regex");
  EXPECT_EQ(RoomOf("hir/text/regex/deeper/still.cc", layers), "hir/text/regex");
  EXPECT_EQ(RoomOf("hir/text/other/word.h", layers), "hir/text");
  EXPECT_EQ(RoomOf("hir/texts/word.h", layers), "");
  EXPECT_EQ(RoomOf("hir/word.h", layers), "");
}

TEST(IncludeGraph, FindsNothingInATreeThatKeepsTheRules) {
  EXPECT_THAT(UncoveredFiles(MadeUpFiles(), MadeUpLayers()), IsEmpty());
  EXPECT_THAT(EmptyRooms(MadeUpFiles(), MadeUpLayers()), IsEmpty());
  EXPECT_THAT(ForbiddenIncludes(MadeUpFiles(), MadeUpLayers()), IsEmpty());
  EXPECT_THAT(RoomCycles(MadeUpLayers()), IsEmpty());
  EXPECT_THAT(FileCycles(MadeUpFiles()), IsEmpty());
}

TEST(IncludeGraph, FindsFilesThatNoLineCovers) {
  std::vector<SourceFile> files = MadeUpFiles();
  files.push_back({"hir/new/word.h", {}});
  files.push_back({"hir/word.h", {}});
  EXPECT_THAT(UncoveredFiles(files, MadeUpLayers()),
              ElementsAre("hir/new/word.h is in no folder of the layers block",
                          "hir/word.h is in no folder of the layers block"));
}

TEST(IncludeGraph, FindsLinesOfFoldersThatAreGone) {
  Layers layers = MadeUpLayers();
  layers["hir/text/gone"] = {};
  layers["cli"].insert("hir/never");
  EXPECT_THAT(EmptyRooms(MadeUpFiles(), layers),
              UnorderedElementsAre("hir/text/gone has a line, but no file",
                                   "cli may include hir/never, which has no line"));
}

TEST(IncludeGraph, FindsAnIncludeThatOnlyTheRoomAboveMayMake) {
  std::vector<SourceFile> files = MadeUpFiles();
  Layers layers = MadeUpLayers();
  layers["hir/text/regex"].erase("hir/scan");
  files.push_back({"hir/text/regex/set.cc", {"hir/scan/scan.h"}});
  EXPECT_THAT(ForbiddenIncludes(files, layers),
              ElementsAre("hir/text/regex/set.cc includes hir/scan/scan.h"));
}

TEST(IncludeGraph, FindsAnIncludeOfARoomInsideOneThatIsAllowed) {
  std::vector<SourceFile> files = MadeUpFiles();
  Layers layers = MadeUpLayers();
  layers["cli"].erase("hir/text/regex");
  EXPECT_THAT(ForbiddenIncludes(files, layers),
              ElementsAre("cli/main.cc includes hir/text/regex/program.h"));
}

TEST(IncludeGraph, FindsAnIncludeFromARoomToOneInsideIt) {
  std::vector<SourceFile> files = MadeUpFiles();
  files.push_back({"hir/text/lists.h", {"hir/text/regex/program.h"}});
  EXPECT_THAT(ForbiddenIncludes(files, MadeUpLayers()),
              ElementsAre("hir/text/lists.h includes hir/text/regex/program.h"));
}

TEST(IncludeGraph, AllowsTestSupportToTestsOnly) {
  std::vector<SourceFile> files = MadeUpFiles();
  files.push_back({"hir/text/lists.h", {"hir/testing/fake.h", "hir/fakes/fake_words.h"}});
  EXPECT_THAT(ForbiddenIncludes(files, MadeUpLayers()),
              ElementsAre("hir/text/lists.h includes hir/testing/fake.h",
                          "hir/text/lists.h includes hir/fakes/fake_words.h"));
}

TEST(IncludeGraph, FindsRoomsThatMayIncludeEachOther) {
  Layers layers = MadeUpLayers();
  layers["hir/scan"] = {"hir/text/regex"};
  EXPECT_THAT(RoomCycles(layers),
              ElementsAre("cycle: hir/scan -> hir/text/regex -> hir/scan",
                          "cycle: hir/text -> hir/scan -> hir/text/regex -> hir/text"));
}

TEST(IncludeGraph, CountsTheRoomThatEveryRoomMayIncludeAmongTheCycles) {
  Layers layers = MadeUpLayers();
  layers["hir/base"] = {"hir/scan"};
  EXPECT_THAT(RoomCycles(layers), ElementsAre("cycle: hir/base -> hir/scan -> hir/base"));
}

TEST(IncludeGraph, FindsAFileCycleThroughHeadersAndSources) {
  const std::vector<SourceFile> files = {{"hir/a/first.h", {}},
                                         {"hir/a/first.cc", {"hir/a/first.h", "hir/a/second.h"}},
                                         {"hir/a/second.h", {"hir/a/third.h"}},
                                         {"hir/a/third.h", {"hir/a/first.h"}},
                                         {"hir/a/above.cc", {"hir/a/first.h"}}};
  EXPECT_THAT(FileCycles(files), ElementsAre("cycle: hir/a/first -> hir/a/second -> hir/a/third "
                                             "-> hir/a/first"));
}

TEST(IncludeGraph, FindsACycleBetweenFilesOfTwoRooms) {
  EXPECT_THAT(FileCycles({{"hir/a/one.cc", {"hir/b/two.h"}}, {"hir/b/two.cc", {"hir/a/one.h"}}}),
              ElementsAre("cycle: hir/a/one -> hir/b/two -> hir/a/one"));
}

TEST(IncludeGraph, TakesFilesOfOneNameInTwoFoldersForTwo) {
  EXPECT_THAT(FileCycles({{"hir/a/one.cc", {"hir/b/one.h"}}, {"hir/b/one.cc", {"hir/b/one.h"}}}),
              IsEmpty());
}

}  // namespace
}  // namespace hir
