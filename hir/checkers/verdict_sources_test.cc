// The digest of the verifier's build covers every source that a verdict can follow from.
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hir/base/file.h"

namespace hir {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

namespace fs = std::filesystem;

const fs::path kRoot = HIR_SOURCE_DIR;

std::set<std::string> LinesOf(const std::string& file) {
  const std::string lines = *ReadFile(file);
  return absl::StrSplit(lines, '\n', absl::SkipEmpty());
}

std::set<std::string> DigestedSources() { return LinesOf(HIR_VERDICT_SOURCES); }

bool IsForTests(const std::string& path) {
  return absl::EndsWith(path, "_test.cc") || absl::EndsWith(path, "_testing.h");
}

// The files of the project that `path` includes, each with the source that defines what it
// declares.
std::vector<std::string> NeededBy(const std::string& path) {
  std::vector<std::string> needed;
  const std::string text = *ReadFile(kRoot / path);
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "#include \"")) continue;
    const fs::path include = std::string(line.substr(0, line.find('"')));
    for (const fs::path& each : {include, fs::path(include).replace_extension(".cc")}) {
      if (fs::exists(kRoot / each)) needed.push_back(each);
    }
  }
  return needed;
}

// A program that is asked answers for itself; its room is inside hir/checkers/remote.
bool IsOfAskedProgram(const fs::path& path) {
  return absl::StartsWith(path.string(), "hir/checkers/remote/") &&
         path.parent_path() != "hir/checkers/remote";
}

// Every source that verdicts follow from: what lies in hir/checkers, at any depth, what the build
// compiles into its libraries and those of hir/text, wherever it lies, and what they include,
// directly or not. Sorted.
std::set<std::string> SourcesOfTheCheckers() {
  std::set<std::string> found;
  std::vector<std::string> waiting;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "hir/checkers")) {
    const std::string path = fs::relative(entry.path(), kRoot);
    if (entry.path().extension() != ".cc" || IsForTests(path) || IsOfAskedProgram(path)) continue;
    waiting.push_back(path);
  }
  for (const std::string& path : LinesOf(HIR_COMPILED_SOURCES)) waiting.push_back(path);
  while (!waiting.empty()) {
    const std::string path = waiting.back();
    waiting.pop_back();
    if (!found.insert(path).second) continue;
    for (const std::string& needed : NeededBy(path)) waiting.push_back(needed);
  }
  return found;
}

std::vector<std::string> Outside(const std::set<std::string>& digested) {
  std::vector<std::string> outside;
  for (const std::string& path : SourcesOfTheCheckers()) {
    if (!digested.contains(path)) outside.push_back(path);
  }
  return outside;
}

TEST(VerdictSources, CoverEverythingThatTheCheckersAreMadeOf) {
  EXPECT_THAT(Outside(DigestedSources()), IsEmpty())
      << "list them in hir/checkers/core/CMakeLists.txt, where verdict_sources is made";
}

TEST(VerdictSources, AreMissedWhereverTheyAre) {
  for (const char* const source :
       {"hir/checkers/ifeval/keywords.cc", "hir/checkers/core/score.cc",
        "hir/checkers/muldimif/table.cc", "hir/checkers/remote/kinds.cc",
        "hir/text/nltk/treebank.cc", "hir/text/scan/byte_blocks.h",
        "hir/text/python/unicode_tables.inc", "hir/base/json.cc", "hir/base/work_budget.h"}) {
    std::set<std::string> digested = DigestedSources();
    digested.erase(source);
    EXPECT_THAT(Outside(digested), ElementsAre(source));
  }
}

TEST(VerdictSources, AreNotTestsOrOtherRooms) {
  const std::set<std::string> digested = DigestedSources();
  for (const std::string& path : digested) {
    EXPECT_FALSE(IsForTests(path)) << path;
    EXPECT_TRUE(fs::exists(kRoot / path)) << path;
  }
  EXPECT_THAT(digested, Not(Contains("hir/http/web_server.cc")));
  EXPECT_THAT(digested, Not(Contains("hir/checkers/remote/judge/judge.cc")));
}

}  // namespace
}  // namespace hir
