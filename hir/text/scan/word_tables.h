// Tables of words, for checks that look at every word of a response.
#ifndef HIR_TEXT_SCAN_WORD_TABLES_H_
#define HIR_TEXT_SCAN_WORD_TABLES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "hir/text/scan/bytes_hash.h"
#include "hir/text/scan/scan_text.h"

namespace hir::scan {

// A short ASCII word in the bytes of a 128-bit number: two words are equal when their numbers are.
struct ShortWord {
  static constexpr size_t kLongest = 15;

  // Not valid() if the word is longer or not ASCII.
  static ShortWord Of(const ScanText& text, TextSpan word) {
    if (word.size > kLongest) return {};
    // The text's padding allows reads past the end of a word.
    ShortWord packed;
    std::memcpy(&packed, text.bytes().data() + word.begin, sizeof(packed));
    packed.low &= kFirstBytes[word.size].low;
    packed.high &= kFirstBytes[word.size].high;
    constexpr uint64_t kBeyondAscii = 0x8080808080808080;
    if (((packed.low | packed.high) & kBeyondAscii) != 0) return {};
    packed.high |= uint64_t{word.size + 1} << 56;
    return packed;
  }

  static ShortWord Of(std::u32string_view word) {
    if (word.size() > kLongest) return {};
    char bytes[sizeof(ShortWord)] = {};
    char32_t all = 0;
    for (size_t i = 0; i < word.size(); ++i) {
      bytes[i] = static_cast<char>(word[i]);
      all |= word[i];
    }
    if (all >= kAsciiEnd) return {};
    ShortWord packed;
    std::memcpy(&packed, bytes, sizeof(packed));
    packed.high |= uint64_t{word.size() + 1} << 56;
    return packed;
  }

  bool valid() const { return high != 0; }
  // Its preferred slot in a table of 2^`bits` slots.
  size_t Slot(int bits) const {
    constexpr uint64_t kOdd[] = {0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F};  // Mix bits well.
    const uint64_t mixed = low * kOdd[0] ^ high * kOdd[1];
    return (mixed ^ mixed >> 29) * kOdd[0] >> (64 - bits);
  }
  // Whether `other` is another word. Without branches, which would be mispredicted in loops over
  // words.
  bool IsOther(const ShortWord& other) const {
    return valid() & (((low ^ other.low) | (high ^ other.high)) != 0);
  }

  uint64_t low = 0;
  uint64_t high = 0;  // The top byte is the length plus one.

 private:
  struct Bits {
    uint64_t low;
    uint64_t high;
  };
  // Masks of the first n bytes, by n.
  static constexpr auto kFirstBytes = [] {
    std::array<Bits, kLongest + 1> bits = {};
    for (size_t size = 1; size < bits.size(); ++size) {
      bits[size] = bits[size - 1];
      (size <= 8 ? bits[size].low : bits[size].high) |= uint64_t{0xFF} << 8 * ((size - 1) % 8);
    }
    return bits;
  }();
};

// A few words that never change. Immutable; thread-safe.
class WordList {
 public:
  static constexpr size_t kNone = ~size_t{0};

  // REQUIRES: they are different ShortWords.
  explicit WordList(absl::Span<const std::u32string_view> words);

  // The index of the word in the list, or kNone.
  size_t Find(const ScanText& text, TextSpan word) const { return Find(ShortWord::Of(text, word)); }
  size_t Find(std::u32string_view word) const { return Find(ShortWord::Of(word)); }
  bool Contains(const ScanText& text, TextSpan word) const { return Find(text, word) != kNone; }

 private:
  struct Entry {
    ShortWord word;
    size_t place = kNone;
  };

  size_t Find(ShortWord wanted) const {
    size_t slot = wanted.Slot(bits_);
    while (entries_[slot].word.IsOther(wanted)) slot = (slot + 1) & ((size_t{1} << bits_) - 1);
    return wanted.valid() ? entries_[slot].place : kNone;
  }

  int bits_ = 1;
  std::vector<Entry> entries_;  // 2^bits_ entries, at most an eighth of them in use.
};

// Counts the occurrences of words of one text.
class WordCounts {
 public:
  // `text` outlives this.
  explicit WordCounts(const ScanText& text) : text_(text), entries_(size_t{1} << kLeastBits) {}

  // Adds the word; returns how often it has been added, including this time.
  size_t Add(TextSpan word) {
    const ShortWord packed = ShortWord::Of(text_, word);
    return packed.valid() ? AddShort(packed) : ++others_[CodePointsOf(text_, word)];
  }
  // The number of different words.
  size_t size() const { return short_words_ + others_.size(); }

 private:
  struct Entry {
    ShortWord word;
    size_t count = 0;
  };
  static constexpr int kLeastBits = 9;

  size_t AddShort(ShortWord word) {
    size_t slot = word.Slot(bits_);
    while (entries_[slot].word.IsOther(word)) slot = (slot + 1) & ((size_t{1} << bits_) - 1);
    // Writes the word even if it is there already, which avoids a branch.
    Entry& entry = entries_[slot];
    entry.word.low = word.low;
    entry.word.high = word.high;
    const size_t count = ++entry.count;
    short_words_ += count == 1 ? 1 : 0;
    if (short_words_ >> (bits_ - 1) != 0) Grow();
    return count;
  }
  void Grow();

  const ScanText& text_;
  int bits_ = kLeastBits;
  std::vector<Entry> entries_;  // 2^bits_ entries, less than half of them in use.
  size_t short_words_ = 0;
  absl::flat_hash_map<std::u32string_view, size_t, BytesHash> others_;
};

}  // namespace hir::scan

#endif  // HIR_TEXT_SCAN_WORD_TABLES_H_
