// The rules for includes: which room may include which, and no cycles.
//
// Rooms are the folders that the layers block of docs/architecture.md lists, at any depth. Pure:
// files are given as lists of includes, so that tests can invent a tree.
#ifndef HIR_TESTS_ARCHITECTURE_INCLUDE_GRAPH_H_
#define HIR_TESTS_ARCHITECTURE_INCLUDE_GRAPH_H_

#include <map>
#include <set>
#include <string>
#include <vector>

namespace hir {

struct SourceFile {
  std::string path;                   // From the project's root: "hir/text/regex/program.cc".
  std::vector<std::string> includes;  // As written between quotes or angle brackets.
};

// What each room may include, besides itself and hir/base.
using Layers = std::map<std::string, std::set<std::string>>;

// The layers block of a page; `twice` has the folders with two lines.
struct LayersBlock {
  Layers layers;
  std::vector<std::string> twice;
};
LayersBlock ParseLayers(const std::string& page);

// The files that the lines of `text` include.
std::vector<std::string> IncludesOf(const std::string& text);

// The deepest room that `path` is in; empty when no line covers it.
std::string RoomOf(const std::string& path, const Layers& layers);

bool IsTest(const std::string& path);

// Each of the functions below returns one sentence per violation.

// Files that no room covers, and rooms that have no file, neither directly nor in a listed
// subfolder.
std::vector<std::string> UncoveredFiles(const std::vector<SourceFile>& files, const Layers& layers);
std::vector<std::string> EmptyRooms(const std::vector<SourceFile>& files, const Layers& layers);

// Includes from room to room that no line allows. Tests may include hir/testing and hir/fakes.
std::vector<std::string> ForbiddenIncludes(const std::vector<SourceFile>& files,
                                           const Layers& layers);

// Rooms that may include each other, directly or through others.
std::vector<std::string> RoomCycles(const Layers& layers);

// Files that include each other. A header and a source of the same name count as one.
std::vector<std::string> FileCycles(const std::vector<SourceFile>& files);

}  // namespace hir

#endif  // HIR_TESTS_ARCHITECTURE_INCLUDE_GRAPH_H_
