// Memory for weights and activations, which a decode step reads as streams.
#ifndef HIR_GENERATE_LARGE_MEMORY_H_
#define HIR_GENERATE_LARGE_MEMORY_H_

#include <cstddef>

namespace hir {

// Zeroed memory in pages as large as the machine gives: a stream of weights through small ones is a
// third slower. Takes memory of the machine when it is first written to.
class LargeMemory {
 public:
  LargeMemory() = default;
  // Throws std::bad_alloc if the machine does not allow so much.
  explicit LargeMemory(size_t bytes);
  LargeMemory(LargeMemory&& other) noexcept { *this = static_cast<LargeMemory&&>(other); }
  LargeMemory& operator=(LargeMemory&& other) noexcept;
  ~LargeMemory();

  // Aligned to 64 bytes; null if there are none.
  void* data() const { return memory_; }
  size_t size() const { return bytes_; }

 private:
  void* memory_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace hir

#endif  // HIR_GENERATE_LARGE_MEMORY_H_
