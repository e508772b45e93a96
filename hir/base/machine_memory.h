// How much memory this process may use, and in pages of which size.
#ifndef HIR_BASE_MACHINE_MEMORY_H_
#define HIR_BASE_MACHINE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace hir {

// Bytes of the machine's memory, or of the limit of this process's control group where that is
// less, as in a container.
int64_t MachineMemoryBytes();

// Asks the kernel for large pages (2 MiB) where `bytes` bytes of memory that nobody has written to
// allow them: filling hundreds of MiB takes a fraction of the time, since each page costs a fault.
// A wish: where the kernel has no large pages, small ones do.
void WishForLargePages(void* memory, size_t bytes);

namespace internal {

// The least limit of the control groups that `own_groups`, the content of /proc/self/cgroup, names
// and of their parents, read below `root` (/sys/fs/cgroup) in the formats of versions 1 and 2.
// INT64_MAX if there is none.
int64_t ControlGroupLimit(const std::string& root, const std::string& own_groups);

}  // namespace internal
}  // namespace hir

#endif  // HIR_BASE_MACHINE_MEMORY_H_
