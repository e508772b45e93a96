#include "hir/base/machine_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hir/base/file.h"

namespace hir {
namespace internal {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

// The limit in a file, whose content is a number of bytes or "max".
int64_t LimitIn(const std::string& path) {
  int64_t limit = kNoLimit;
  const std::string content(absl::StripAsciiWhitespace(ReadFile(path).value_or("")));
  return absl::SimpleAtoi(content, &limit) && limit > 0 ? limit : kNoLimit;
}

bool HasMemory(const std::string& controllers) {
  const std::vector<std::string> all = absl::StrSplit(controllers, ',');
  return std::find(all.begin(), all.end(), "memory") != all.end();
}

// The least of `file` in the folder `group` below `root` and in all folders between them.
int64_t LeastLimit(const std::string& root, const std::string& group, const char* file) {
  int64_t least = LimitIn(absl::StrCat(root, "/", file));
  std::string folder = root;
  const std::vector<std::string> parts = absl::StrSplit(group, '/', absl::SkipEmpty());
  for (const std::string& part : parts) {
    absl::StrAppend(&folder, "/", part);
    least = std::min(least, LimitIn(absl::StrCat(folder, "/", file)));
  }
  return least;
}

}  // namespace

int64_t ControlGroupLimit(const std::string& root, const std::string& own_groups) {
  int64_t least = kNoLimit;
  // Lines are "id:controllers:path"; in version 2 the controllers are empty.
  const std::vector<std::string> lines = absl::StrSplit(own_groups, '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3) continue;
    if (fields[1].empty()) least = std::min(least, LeastLimit(root, fields[2], "memory.max"));
    if (HasMemory(fields[1])) {
      least = std::min(
          least, LeastLimit(absl::StrCat(root, "/memory"), fields[2], "memory.limit_in_bytes"));
    }
  }
  return least;
}

}  // namespace internal

void WishForLargePages(void* memory, size_t bytes) {
#if defined(MADV_HUGEPAGE)
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGE_SIZE));
  const auto begin = reinterpret_cast<uintptr_t>(memory);
  // Whole pages only, as madvise() wants them.
  const uintptr_t first = (begin + page - 1) / page * page;
  const uintptr_t end = (begin + bytes) / page * page;
  if (first < end) (void)madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#endif
}

int64_t MachineMemoryBytes() {
  const int64_t machine = int64_t{sysconf(_SC_PHYS_PAGES)} * int64_t{sysconf(_SC_PAGE_SIZE)};
  return std::min(machine, internal::ControlGroupLimit("/sys/fs/cgroup",
                                                       ReadFile("/proc/self/cgroup").value_or("")));
}

}  // namespace hir
