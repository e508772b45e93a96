// Splits the bytes of one fuzzing run into typed values.
#ifndef HIR_TESTS_FUZZ_FUZZ_INPUT_H_
#define HIR_TESTS_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "hir/text/python/unicode.h"

namespace hir {

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : left_(reinterpret_cast<const char*>(data), size) {}

  // 0 once the bytes are used up.
  uint8_t Byte() {
    if (left_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(left_[0]);
    left_.remove_prefix(1);
    return byte;
  }

  // In [0, count). REQUIRES: 0 < count <= 256.
  size_t Below(size_t count) { return Byte() % count; }

  // A short text up to a NUL byte, so that mutations of later bytes do not change it.
  std::string Text() {
    const size_t end = std::min(left_.find('\0'), left_.size());
    const std::string text(left_.substr(0, end));
    left_.remove_prefix(std::min(end + 1, left_.size()));
    return text;
  }

  // All remaining bytes.
  std::string_view Rest() const { return left_; }
  std::u32string RestAsText() const { return python::DecodeUtf8(left_); }

 private:
  std::string_view left_;
};

// Ends the run like a crash, so that the fuzzer keeps the input.
inline void Expect(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace hir

#endif  // HIR_TESTS_FUZZ_FUZZ_INPUT_H_
