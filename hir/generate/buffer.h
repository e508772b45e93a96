// Memory for the rows of a step.
#ifndef HIR_GENERATE_BUFFER_H_
#define HIR_GENERATE_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "hir/generate/large_memory.h"

namespace hir {

// Rows of activations, aligned to 64 bytes. Their old content is lost when they grow.
template <typename T>
class Buffer {
 public:
  // Makes room for `rows` rows of `width` values. Throws std::bad_alloc.
  T* Rows(int64_t rows, int64_t width) {
    const size_t bytes = static_cast<size_t>(rows * width) * sizeof(T);
    if (bytes > memory_.size()) memory_ = LargeMemory(bytes);
    return data();
  }
  T* data() const { return static_cast<T*>(memory_.data()); }

 private:
  LargeMemory memory_;
};

}  // namespace hir

#endif  // HIR_GENERATE_BUFFER_H_
