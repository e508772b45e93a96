#include "tests/parity/parity_folder.h"

#include <cstdlib>
#include <filesystem>

#include "gtest/gtest.h"

namespace hir {
namespace {

void Skip(const std::string& path) {
  GTEST_SKIP() << path << " is absent; set HIR_PARITY_DIR to the cases' folder.";
}

}  // namespace

std::optional<std::string> ParityPath(const std::string& name) {
  const char* const named = std::getenv("HIR_PARITY_DIR");
  const std::filesystem::path folder =
      named != nullptr ? named : HIR_SOURCE_DIR "/../shared/parity";
  const std::string path = name.empty() ? folder : folder / name;
  if (std::filesystem::exists(path)) return path;
  if (named == nullptr) {
    Skip(path);
  } else {
    ADD_FAILURE() << path << " is absent, but HIR_PARITY_DIR names its folder.";
  }
  return std::nullopt;
}

}  // namespace hir
