// Tests 64 bytes at once with the machine's vector instructions, one bit per byte: bit i of a
// result is for byte i. A byte is a character of a ScanText.
#ifndef HIR_TEXT_SCAN_BYTE_BLOCKS_H_
#define HIR_TEXT_SCAN_BYTE_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace hir::scan {

inline constexpr size_t kBlock = 64;

// Bytes that represent characters beyond ASCII, by class. Decimal digits are also word characters,
// as are the letters whose lower case is an ASCII letter or that equal one when case is ignored.
inline constexpr uint8_t kOtherByte = 0x80;
inline constexpr uint8_t kSpaceByte = 0x81;
inline constexpr uint8_t kWordByte = 0x82;
inline constexpr uint8_t kDecimalByte = 0x83;
inline constexpr uint8_t kLikeAsciiByte = 0x84;

// The tests below take 16 bytes and set all bits of those for which they hold.
using Bytes16 = uint8_t __attribute__((vector_size(16)));

struct IsSpaceByte {  // str.isspace()
  auto operator()(Bytes16 x) const {
    return (x - 0x09 <= 0x0D - 0x09) | (x - 0x1C <= 0x20 - 0x1C) | (x == kSpaceByte);
  }
};

struct IsTokenByte {  // A character in a piece of str.split().
  auto operator()(Bytes16 x) const { return ~IsSpaceByte()(x); }
};

struct IsWordByte {  // re's \w
  auto operator()(Bytes16 x) const {
    return ((x | 0x20) - 'a' <= 'z' - 'a') | (x - '0' <= '9' - '0') | (x == '_') | (x >= kWordByte);
  }
};

struct IsMarkByte {  // string.punctuation
  auto operator()(Bytes16 x) const {
    return (x - '!' <= '/' - '!') | (x - ':' <= '@' - ':') | (x - '[' <= '`' - '[') |
           (x - '{' <= '~' - '{');
  }
};

struct IsNoMarkByte {
  auto operator()(Bytes16 x) const { return ~IsMarkByte()(x); }
};

struct IsDecimalByte {  // re's \d
  auto operator()(Bytes16 x) const { return (x - '0' <= '9' - '0') | (x == kDecimalByte); }
};

struct IsUpperByte {  // A to Z
  auto operator()(Bytes16 x) const { return x - 'A' <= 'Z' - 'A'; }
};

template <char... wanted>
struct IsOneOf {
  auto operator()(Bytes16 x) const { return (... | (x == static_cast<uint8_t>(wanted))); }
};

template <char... unwanted>
struct IsNoneOf {
  auto operator()(Bytes16 x) const { return ~IsOneOf<unwanted...>()(x); }
};

struct IsLetterByte {  // An ASCII letter, given in lower case, in either case.
  uint8_t wanted;
  auto operator()(Bytes16 x) const { return (x | 0x20) == wanted; }
};

struct IsByte {  // `wanted` itself.
  uint8_t wanted;
  auto operator()(Bytes16 x) const { return x == wanted; }
};

namespace internal {

// The upper bit of each byte.
template <typename Vector>
uint64_t UpperBits(Vector bytes) {
#if defined(__SSE2__)
  return static_cast<uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(bytes)));
#else
  uint64_t halves[2];
  std::memcpy(halves, &bytes, sizeof(halves));
  // Moves the lowest bit of each byte into the uppermost byte, in order.
  constexpr uint64_t kLowest = 0x0101010101010101, kGather = 0x0102040810204080;
  const auto gather = [](uint64_t half) { return ((half & kLowest) * kGather) >> 56; };
  return gather(halves[0]) | gather(halves[1]) << 8;
#endif
}

}  // namespace internal

// REQUIRES: 16 bytes can be read from `bytes` on.
inline Bytes16 Load16(const char* bytes) {
  Bytes16 sixteen;
  std::memcpy(&sixteen, bytes, sizeof(sixteen));
  return sixteen;
}

template <typename Test>
uint64_t Bits16(const char* bytes, Test test) {
  return internal::UpperBits(test(Load16(bytes)));
}

// REQUIRES: 64 bytes can be read from `block` on.
template <typename Test>
inline uint64_t BlockBits(const char* block, Test test) {
  return Bits16(block, test) | Bits16(block + 16, test) << 16 | Bits16(block + 32, test) << 32 |
         Bits16(block + 48, test) << 48;
}

// Bits of the places where one test holds in `block` and the other in `other`. Fast if that is
// rare, however common each of the two is.
template <typename Test, typename OtherTest>
inline uint64_t BothBits(const char* block, Test test, const char* other, OtherTest other_test) {
  const auto both = [&](size_t at) {
    return test(Load16(block + at)) & other_test(Load16(other + at));
  };
  const auto a = both(0), b = both(16), c = both(32), d = both(48);
  if (internal::UpperBits(a | b | c | d) == 0) return 0;
  return internal::UpperBits(a) | internal::UpperBits(b) << 16 | internal::UpperBits(c) << 32 |
         internal::UpperBits(d) << 48;
}

}  // namespace hir::scan

#endif  // HIR_TEXT_SCAN_BYTE_BLOCKS_H_
