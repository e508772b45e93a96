// Places in Python's lists and strings, which count from the end when they are negative.
#ifndef HIR_CHECKERS_CORE_PYTHON_LISTS_H_
#define HIR_CHECKERS_CORE_PYTHON_LISTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace hir {

// The place of list[index] in a list of `size`; `size` itself where Python raises IndexError.
inline size_t PythonIndex(int64_t index, size_t size) {
  const auto signed_size = static_cast<int64_t>(size);
  const int64_t place = index < 0 ? index + signed_size : index;
  return place < 0 || place >= signed_size ? size : static_cast<size_t>(place);
}

struct PythonSlice {
  size_t begin;
  size_t size;
};

// What list[start:end] takes of a list of `size`.
inline PythonSlice SliceOf(size_t size, int64_t start, int64_t end) {
  const auto signed_size = static_cast<int64_t>(size);
  const auto place = [signed_size](int64_t index) {
    return std::clamp<int64_t>(index < 0 ? index + signed_size : index, 0, signed_size);
  };
  const int64_t from = place(start);
  const int64_t to = std::max(from, place(end));
  return {static_cast<size_t>(from), static_cast<size_t>(to - from)};
}

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_PYTHON_LISTS_H_
