// Reads every include of the tree and holds it against the layers of docs/architecture.md.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "hir/base/file.h"

namespace hir {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string path;    // From the project's root.
  std::string folder;  // A key of the layers block.
  std::vector<std::string> includes;
};

// "hir/text/punkt/x.h" -> "hir/text"; "cli/main.cc" -> "cli".
std::string FolderOf(const std::string& path) {
  const std::vector<std::string> parts = absl::StrSplit(path, '/');
  if (parts[0] == "hir" || parts[0] == "services") return absl::StrCat(parts[0], "/", parts[1]);
  return parts[0];
}

std::vector<std::string> IncludesOf(const std::string& text) {
  std::vector<std::string> includes;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "#include ")) continue;
    includes.emplace_back(line.substr(1, line.find_first_of("\">", 1) - 1));
  }
  return includes;
}

std::vector<Source> ReadSources() {
  std::vector<Source> sources;
  for (const char* root : {"hir", "services", "cli"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(HIR_SOURCE_DIR) / root)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc" && extension != ".cu") continue;
      const std::string path = fs::relative(entry.path(), HIR_SOURCE_DIR);
      sources.push_back({path, FolderOf(path), IncludesOf(*ReadFile(entry.path()))});
    }
  }
  return sources;
}

std::map<std::string, std::set<std::string>> ReadLayers() {
  const std::string page = *ReadFile(absl::StrCat(HIR_SOURCE_DIR, "/docs/architecture.md"));
  const size_t begin = page.find("```layers\n") + 10;
  std::map<std::string, std::set<std::string>> layers;
  for (absl::string_view line : absl::StrSplit(page.substr(begin, page.find("```", begin) - begin),
                                               '\n', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
    layers[parts.first] = absl::StrSplit(parts.second, ' ', absl::SkipEmpty());
  }
  return layers;
}

bool IsProjectHeader(const std::string& include) {
  return (absl::StartsWith(include, "hir/") || absl::StartsWith(include, "services/") ||
          absl::StartsWith(include, "cli/")) &&
         !absl::StrContains(include, ".pb.h");
}

bool IsTorch(const std::string& include) {
  return absl::StartsWith(include, "torch/") || absl::StartsWith(include, "ATen/") ||
         absl::StartsWith(include, "c10/");
}

bool IsTest(const std::string& path) { return absl::EndsWith(path, "_test.cc"); }

std::string Violation(const Source& source, const std::string& include) {
  return absl::StrCat(source.path, " includes ", include);
}

TEST(IncludeGraph, HasOnlyTheEdgesThatTheArchitecturePageAllows) {
  const auto layers = ReadLayers();
  std::vector<std::string> violations;
  for (const Source& source : ReadSources()) {
    ASSERT_TRUE(layers.contains(source.folder))
        << source.folder << " has no line in the layers block of docs/architecture.md";
    for (const std::string& include : source.includes) {
      if (!IsProjectHeader(include)) continue;
      const std::string target = FolderOf(include);
      const bool test_support = target == "hir/testing" && IsTest(source.path);
      if (target == source.folder || target == "hir/base" || test_support) continue;
      if (!layers.at(source.folder).contains(target)) {
        violations.push_back(Violation(source, include));
      }
    }
  }
  EXPECT_TRUE(violations.empty()) << absl::StrJoin(violations, "\n");
}

TEST(IncludeGraph, HasNoCycleBetweenFolders) {
  std::map<std::string, std::set<std::string>> below = ReadLayers();
  // Folders whose every dependency is gone can be taken away; what remains is a cycle.
  for (bool changed = true; changed;) {
    changed = false;
    for (auto it = below.begin(); it != below.end();) {
      std::erase_if(it->second, [&](const std::string& name) { return !below.contains(name); });
      changed |= it->second.empty();
      it = it->second.empty() ? below.erase(it) : std::next(it);
    }
  }
  EXPECT_TRUE(below.empty()) << "in a cycle: " << below.begin()->first;
}

TEST(IncludeGraph, KeepsEachForeignLibraryInItsFolder) {
  const std::map<std::string, std::set<std::string>> owners = {
      {"hiredis/", {"hir/store"}},
      {"nccl", {"hir/collective"}},
      {"torch/csrc/distributed/", {"hir/collective"}},
      {"yaml-cpp/", {"hir/config"}},
      {"grpcpp/",
       {"hir/rpc", "services/replay", "services/verifier", "services/rollout", "services/learner",
        "hir/weights", "hir/cluster", "hir/external", "hir/openai", "cli"}},
  };
  std::vector<std::string> violations;
  for (const Source& source : ReadSources()) {
    for (const std::string& include : source.includes) {
      for (const auto& [prefix, folders] : owners) {
        if (absl::StartsWith(include, prefix) && !folders.contains(source.folder)) {
          violations.push_back(Violation(source, include));
        }
      }
    }
  }
  EXPECT_TRUE(violations.empty()) << absl::StrJoin(violations, "\n");
}

TEST(IncludeGraph, KeepsTorchInTheFoldersThatCompute) {
  const std::set<std::string> computing = {"hir/model",     "hir/generate",   "hir/weights",
                                           "hir/objective", "hir/collective", "hir/train"};
  std::vector<std::string> violations;
  for (const Source& source : ReadSources()) {
    bool torch = false;
    bool protobuf = false;
    for (const std::string& include : source.includes) {
      torch |= IsTorch(include);
      protobuf |= absl::StrContains(include, ".pb.h");
      if (IsTorch(include) && !computing.contains(source.folder)) {
        violations.push_back(Violation(source, include));
      }
    }
    if (torch && protobuf) violations.push_back(source.path + " includes both Torch and protobuf");
  }
  EXPECT_TRUE(violations.empty()) << absl::StrJoin(violations, "\n");
}

TEST(IncludeGraph, KeepsProtobufOutOfTheDomainButForItsConverters) {
  std::vector<std::string> violations;
  for (const Source& source : ReadSources()) {
    if (!absl::StartsWith(source.path, "hir/domain/")) continue;
    if (absl::StartsWith(source.path, "hir/domain/wire/")) continue;
    for (const std::string& include : source.includes) {
      if (absl::StrContains(include, ".pb.h") || absl::StartsWith(include, "google/protobuf/")) {
        violations.push_back(Violation(source, include));
      }
    }
  }
  EXPECT_TRUE(violations.empty()) << absl::StrJoin(violations, "\n");
}

// Elsewhere a text from outside could be nested beyond any stack.
TEST(Json, IsParsedInOnePlace) {
  std::vector<std::string> violations;
  for (const Source& source : ReadSources()) {
    if (IsTest(source.path) || source.path == "hir/base/json.cc") continue;
    const std::string text = *ReadFile(absl::StrCat(HIR_SOURCE_DIR, "/", source.path));
    if (absl::StrContains(text, "json::parse(") || absl::StrContains(text, "Json::parse(")) {
      violations.push_back(source.path + " parses JSON; call ParseJson() of hir/base/json.h");
    }
  }
  EXPECT_TRUE(violations.empty()) << absl::StrJoin(violations, "\n");
}

TEST(Tests, AreNotDisabled) {
  for (const Source& source : ReadSources()) {
    if (!IsTest(source.path)) continue;
    EXPECT_FALSE(absl::StrContains(*ReadFile(absl::StrCat(HIR_SOURCE_DIR, "/", source.path)),
                                   absl::StrCat("DISAB", "LED_")))
        << source.path;
  }
}

// The words of the nearest CMakeLists.txt at or above `folder`, and where that is.
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
