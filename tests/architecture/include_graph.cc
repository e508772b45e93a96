#include "tests/architecture/include_graph.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace hir {
namespace {

// Every room may include this one.
constexpr char kBase[] = "hir/base";
// Only tests may include these without a line that says so.
bool IsForTests(const std::string& room) { return room == "hir/testing" || room == "hir/fakes"; }

using Edges = std::map<std::string, std::set<std::string>>;

// "hir/text" for "hir/text/scan.h"; empty at the root.
std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string WithoutExtension(const std::string& path) { return path.substr(0, path.rfind('.')); }

bool IsProjectHeader(const std::string& include) {
  return (absl::StartsWith(include, "hir/") || absl::StartsWith(include, "services/") ||
          absl::StartsWith(include, "cli/")) &&
         !absl::StrContains(include, ".pb.h");
}

// The shortest path from `start` back to itself, with both ends; empty if there is none.
std::vector<std::string> ShortestCycle(const Edges& edges, const std::string& start) {
  std::map<std::string, std::string> reached_from;
  std::deque<std::string> waiting = {start};
  while (!waiting.empty()) {
    const std::string node = waiting.front();
    waiting.pop_front();
    const auto targets = edges.find(node);
    if (targets == edges.end()) continue;
    for (const std::string& target : targets->second) {
      if (!reached_from.emplace(target, node).second) continue;
      if (target != start) {
        waiting.push_back(target);
        continue;
      }
      std::vector<std::string> way = {start};
      for (std::string at = node; at != start; at = reached_from.at(at)) way.push_back(at);
      way.push_back(start);
      std::reverse(way.begin(), way.end());
      return way;
    }
  }
  return {};
}

// One cycle through each node that is in any, without repeats.
std::vector<std::string> Cycles(const Edges& edges) {
  std::vector<std::string> cycles;
  std::set<std::string> named;
  for (const auto& [node, targets] : edges) {
    if (named.contains(node)) continue;
    const std::vector<std::string> way = ShortestCycle(edges, node);
    if (way.empty()) continue;
    named.insert(way.begin(), way.end());
    cycles.push_back(absl::StrCat("cycle: ", absl::StrJoin(way, " -> ")));
  }
  return cycles;
}

}  // namespace

LayersBlock ParseLayers(const std::string& page) {
  constexpr absl::string_view kBegin = "```layers\n";
  const size_t begin = page.find(std::string(kBegin));
  if (begin == std::string::npos) return {};
  const size_t first = begin + kBegin.size();
  const std::string lines = page.substr(first, page.find("```", first) - first);
  LayersBlock block;
  for (absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
    const std::set<std::string> allowed = absl::StrSplit(parts.second, ' ', absl::SkipEmpty());
    if (!block.layers.emplace(parts.first, allowed).second) block.twice.push_back(parts.first);
  }
  return block;
}

std::vector<std::string> IncludesOf(const std::string& text) {
  std::vector<std::string> includes;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "#include ")) continue;
    includes.emplace_back(line.substr(1, line.find_first_of("\">", 1) - 1));
  }
  return includes;
}

std::string RoomOf(const std::string& path, const Layers& layers) {
  for (std::string folder = ParentOf(path); !folder.empty(); folder = ParentOf(folder)) {
    if (layers.contains(folder)) return folder;
  }
  return "";
}

bool IsTest(const std::string& path) { return absl::EndsWith(path, "_test.cc"); }

std::vector<std::string> UncoveredFiles(const std::vector<SourceFile>& files,
                                        const Layers& layers) {
  std::vector<std::string> violations;
  for (const SourceFile& file : files) {
    if (RoomOf(file.path, layers).empty()) {
      violations.push_back(absl::StrCat(file.path, " is in no folder of the layers block"));
    }
  }
  return violations;
}

std::vector<std::string> EmptyRooms(const std::vector<SourceFile>& files, const Layers& layers) {
  std::set<std::string> rooms;
  for (const SourceFile& file : files) rooms.insert(RoomOf(file.path, layers));
  std::vector<std::string> violations;
  for (const auto& [room, allowed] : layers) {
    if (!rooms.contains(room)) {
      violations.push_back(absl::StrCat(room, " has a line, but no file"));
    }
    for (const std::string& target : allowed) {
      if (layers.contains(target)) continue;
      violations.push_back(absl::StrCat(room, " may include ", target, ", which has no line"));
    }
  }
  return violations;
}

std::vector<std::string> ForbiddenIncludes(const std::vector<SourceFile>& files,
                                           const Layers& layers) {
  std::vector<std::string> violations;
  for (const SourceFile& file : files) {
    const std::string room = RoomOf(file.path, layers);
    const auto line = layers.find(room);
    for (const std::string& include : file.includes) {
      if (!IsProjectHeader(include)) continue;
      const std::string target = RoomOf(include, layers);
      if (target == room || target == kBase || (IsForTests(target) && IsTest(file.path))) continue;
      if (line != layers.end() && line->second.contains(target)) continue;
      violations.push_back(absl::StrCat(file.path, " includes ", include));
    }
  }
  return violations;
}

std::vector<std::string> RoomCycles(const Layers& layers) {
  Edges edges = layers;
  for (auto& [room, targets] : edges) {
    if (room != kBase) targets.insert(kBase);
  }
  return Cycles(edges);
}

std::vector<std::string> FileCycles(const std::vector<SourceFile>& files) {
  Edges edges;
  for (const SourceFile& file : files) {
    const std::string name = WithoutExtension(file.path);
    for (const std::string& include : file.includes) {
      if (const std::string target = WithoutExtension(include); target != name) {
        edges[name].insert(target);
      }
    }
  }
  return Cycles(edges);
}

}  // namespace hir
