// A folder for one test's files.
#ifndef HIR_TESTING_SCRATCH_FOLDER_H_
#define HIR_TESTING_SCRATCH_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <string>

namespace hir {

// Created in /tmp; the destructor removes it with its content.
class ScratchFolder {
 public:
  ScratchFolder() {
    char name[] = "/tmp/hir_test_XXXXXX";
    path_ = mkdtemp(name);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace hir

#endif  // HIR_TESTING_SCRATCH_FOLDER_H_
