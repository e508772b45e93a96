// What happens to large memory that this process frees.
#ifndef HIR_BASE_FREED_MEMORY_H_
#define HIR_BASE_FREED_MEMORY_H_

namespace hir {

// From now on freed memory stays with the process and is given out again, however large the pieces
// are. glibc returns large ones to the system at once and takes zeroed pages for the next ones: a
// learner, whose activations are a few MB each, spends a sixth of its time on that. The process
// keeps the most that it ever used. Does nothing with another C library. Call it before other
// threads begin.
void KeepFreedMemory();

}  // namespace hir

#endif  // HIR_BASE_FREED_MEMORY_H_
