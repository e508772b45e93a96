// Checks every include in the tree against the layers of docs/architecture.md.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "hir/base/file.h"
#include "tests/architecture/include_graph.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

std::vector<SourceFile> ReadSources() {
  std::vector<SourceFile> sources;
  for (const char* root : {"hir", "services", "cli"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(HIR_SOURCE_DIR) / root)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc" && extension != ".cu") continue;
      const std::string path = fs::relative(entry.path(), HIR_SOURCE_DIR);
      sources.push_back({path, IncludesOf(*ReadFile(entry.path()))});
    }
  }
  return sources;
}

LayersBlock ReadLayers() {
  return ParseLayers(*ReadFile(absl::StrCat(HIR_SOURCE_DIR, "/docs/architecture.md")));
}

// Whether `room` is `owner` or inside it.
bool IsIn(const std::string& room, const std::string& owner) {
  return room == owner || absl::StartsWith(room, owner + "/");
}

bool IsInOneOf(const std::string& room, const std::set<std::string>& owners) {
  for (const std::string& owner : owners) {
    if (IsIn(room, owner)) return true;
  }
  return false;
}

bool IsTorch(const std::string& include) {
  return absl::StartsWith(include, "torch/") || absl::StartsWith(include, "ATen/") ||
         absl::StartsWith(include, "c10/");
}

std::string Violation(const SourceFile& source, const std::string& include) {
  return absl::StrCat(source.path, " includes ", include);
}

void ExpectNone(const std::vector<std::string>& violations) {
  EXPECT_TRUE(violations.empty()) << absl::StrJoin(violations, "\n");
}

TEST(Architecture, EveryFolderIsCoveredByALineOfThePageAndEveryLineByAFolder) {
  const LayersBlock block = ReadLayers();
  ExpectNone(UncoveredFiles(ReadSources(), block.layers));
  ExpectNone(EmptyRooms(ReadSources(), block.layers));
  EXPECT_TRUE(block.twice.empty()) << "two lines: " << absl::StrJoin(block.twice, ", ");
}

TEST(Architecture, HasOnlyTheEdgesThatThePageAllows) {
  ExpectNone(ForbiddenIncludes(ReadSources(), ReadLayers().layers));
}

TEST(Architecture, HasNoCycleBetweenFolders) { ExpectNone(RoomCycles(ReadLayers().layers)); }

TEST(Architecture, HasNoCycleBetweenFiles) { ExpectNone(FileCycles(ReadSources())); }

TEST(Architecture, KeepsEachForeignLibraryInItsFolder) {
  const std::map<std::string, std::set<std::string>> owners = {
      {"hiredis/", {"hir/store"}},
      {"nccl", {"hir/collective"}},
      {"torch/csrc/distributed/", {"hir/collective"}},
      {"yaml-cpp/", {"hir/config"}},
      {"grpcpp/",
       {"hir/rpc", "hir/process", "services/replay", "services/verifier", "services/rollout",
        "services/learner", "hir/weights", "hir/client", "hir/fakes", "hir/supervisor",
        "hir/driver", "hir/checkers/remote/service", "hir/openai", "cli"}},
  };
  const Layers layers = ReadLayers().layers;
  std::vector<std::string> violations;
  for (const SourceFile& source : ReadSources()) {
    const std::string room = RoomOf(source.path, layers);
    for (const std::string& include : source.includes) {
      for (const auto& [prefix, folders] : owners) {
        if (absl::StartsWith(include, prefix) && !IsInOneOf(room, folders)) {
          violations.push_back(Violation(source, include));
        }
      }
    }
  }
  ExpectNone(violations);
}

TEST(Architecture, KeepsTorchInTheFoldersThatCompute) {
  const std::set<std::string> computing = {"hir/model",     "hir/generate",   "hir/weights",
                                           "hir/objective", "hir/collective", "hir/train"};
  const Layers layers = ReadLayers().layers;
  std::vector<std::string> violations;
  for (const SourceFile& source : ReadSources()) {
    bool torch = false;
    bool protobuf = false;
    for (const std::string& include : source.includes) {
      torch |= IsTorch(include);
      protobuf |= absl::StrContains(include, ".pb.h");
      if (IsTorch(include) && !IsInOneOf(RoomOf(source.path, layers), computing)) {
        violations.push_back(Violation(source, include));
      }
    }
    if (torch && protobuf) violations.push_back(source.path + " includes both Torch and protobuf");
  }
  ExpectNone(violations);
}

TEST(Architecture, KeepsProtobufOutOfTheDomainButForItsConverters) {
  std::vector<std::string> violations;
  for (const SourceFile& source : ReadSources()) {
    if (!absl::StartsWith(source.path, "hir/domain/")) continue;
    if (absl::StartsWith(source.path, "hir/domain/wire/")) continue;
    for (const std::string& include : source.includes) {
      if (absl::StrContains(include, ".pb.h") || absl::StartsWith(include, "google/protobuf/")) {
        violations.push_back(Violation(source, include));
      }
    }
  }
  ExpectNone(violations);
}

// Any other parser might overflow the stack on a deeply nested text from outside.
TEST(Json, IsParsedInOnePlace) {
  std::vector<std::string> violations;
  for (const SourceFile& source : ReadSources()) {
    if (IsTest(source.path) || source.path == "hir/base/json.cc") continue;
    const std::string text = *ReadFile(absl::StrCat(HIR_SOURCE_DIR, "/", source.path));
    if (absl::StrContains(text, "json::parse(") || absl::StrContains(text, "Json::parse(")) {
      violations.push_back(source.path + " parses JSON; call ParseJson() of hir/base/json.h");
    }
  }
  ExpectNone(violations);
}

TEST(Tests, AreNotDisabled) {
  for (const SourceFile& source : ReadSources()) {
    if (!IsTest(source.path)) continue;
    EXPECT_FALSE(absl::StrContains(*ReadFile(absl::StrCat(HIR_SOURCE_DIR, "/", source.path)),
                                   absl::StrCat("DISAB", "LED_")))
        << source.path;
  }
}

// The words of the nearest CMakeLists.txt at or above `folder`, and its place.
std::pair<fs::path, std::set<std::string>> NearestBuildFile(fs::path folder) {
  while (!fs::exists(folder / "CMakeLists.txt")) folder = folder.parent_path();
  std::set<std::string> words;
  const std::string text = *ReadFile(folder / "CMakeLists.txt");
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = line.substr(0, line.find('#'));
    for (absl::string_view word : absl::StrSplit(line, absl::ByAnyChar(" ()"))) {
      words.emplace(word);
    }
  }
  return {folder, words};
}

TEST(Tests, AreAllBuilt) {
  for (const char* root : {"hir", "services", "cli", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(HIR_SOURCE_DIR) / root)) {
      if (!IsTest(entry.path())) continue;
      const auto [folder, words] = NearestBuildFile(entry.path().parent_path());
      EXPECT_TRUE(words.contains(fs::relative(entry.path(), folder)))
          << entry.path() << " is not listed in " << folder << "/CMakeLists.txt";
    }
  }
}

}  // namespace
}  // namespace hir
