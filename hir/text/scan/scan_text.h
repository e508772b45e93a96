// A text with one byte per character, for loops over every character: they test 64 characters at
// once and read a quarter of the memory that code points take.
#ifndef HIR_TEXT_SCAN_SCAN_TEXT_H_
#define HIR_TEXT_SCAN_SCAN_TEXT_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hir/text/python/ascii_punctuation.h"
#include "hir/text/scan/byte_blocks.h"
#include "hir/text/scan/char_class.h"

namespace hir::scan {

// A part of a text.
struct TextSpan {
  size_t begin;
  size_t size;
  size_t end() const { return begin + size; }
  bool empty() const { return size == 0; }
  friend bool operator==(const TextSpan&, const TextSpan&) = default;
};

// Bytes and code points of a text. Positions count characters and are the same in both. Not
// thread-safe, not even its const functions: the code points of an ASCII text are filled in on
// first use.
class ScanText {
 public:
  explicit ScanText(std::u32string text);
  // bytes.decode("utf-8", errors="replace"); see DecodeUtf8().
  static ScanText FromUtf8(std::string_view bytes);

  // str.lower() of the text, which may be longer. This text must outlive the result.
  ScanText Lower() const&;
  // Every character folded (FoldCase), with the same length. This text must outlive the result.
  // Bytes that are not ASCII have the class of the original character.
  ScanText Folded() const&;
  ScanText Lower() const&& = delete;
  ScanText Folded() const&& = delete;
  // A part of the text as a text of its own.
  ScanText Part(TextSpan span) const;
  // The text without the marks of string.punctuation, or without asterisks.
  ScanText WithoutMarks() const;
  ScanText WithoutAsterisks() const;

  size_t size() const { return size_; }
  // Whether every character is ASCII, so that bytes() is the text itself.
  bool ascii() const { return ascii_; }
  // One byte per character: an ASCII character itself, or kOtherByte and the like for the class of
  // another. After the last one there are kBlock bytes of 0, which a read of a whole block may
  // touch.
  std::string_view bytes() const { return {bytes_.get(), size_}; }
  const std::u32string& code_points() const;
  // Frees the code points of an ASCII text, which are filled in again on the next use.
  void DropCodePoints() const {
    if (ascii_) code_points_ = std::u32string();
  }
  // REQUIRES: at < size().
  char32_t operator[](size_t at) const {
    const auto byte = static_cast<uint8_t>(bytes_[at]);
    return byte < 0x80 ? byte : code_points()[at];
  }
  friend bool operator==(const ScanText& a, const ScanText& b) {
    return a.bytes() == b.bytes() && (a.ascii_ || a.code_points() == b.code_points());
  }

 private:
  using Derive = std::u32string (*)(std::u32string_view);

  // Allocates the bytes and fills in only the padding.
  ScanText(size_t size, bool ascii);
  // The text of the characters for which a test holds.
  template <typename Test>
  ScanText Kept() const;
  // The text with every ASCII letter in lower case, whose code points `derive` computes.
  ScanText Changed(Derive derive) const;

  size_t size_;
  bool ascii_;
  std::unique_ptr<char[]> bytes_;       // Including the padding.
  mutable std::u32string code_points_;  // Empty until first used, unless given at construction.
  const ScanText* source_ = nullptr;    // derive_ makes code_points_ of it; null: all is ASCII.
  Derive derive_ = nullptr;
};

inline std::string_view BytesOf(const ScanText& text, TextSpan span) {
  return text.bytes().substr(span.begin, span.size);
}

inline std::u32string_view CodePointsOf(const ScanText& text, TextSpan span) {
  if (span.empty()) return {};
  return std::u32string_view(text.code_points()).substr(span.begin, span.size);
}

// A copy of a short part, without filling in the code points of the whole text.
inline std::u32string CopyOf(const ScanText& text, TextSpan span) {
  std::u32string copy(span.size, U'\0');
  for (size_t i = 0; i < span.size; ++i) copy[i] = text[span.begin + i];
  return copy;
}

inline bool AreEqual(const ScanText& text, TextSpan a, TextSpan b) {
  if (BytesOf(text, a) != BytesOf(text, b)) return false;
  return text.ascii() || CodePointsOf(text, a) == CodePointsOf(text, b);
}

// Whether re's \w matches the character. REQUIRES: at < text.size().
inline bool IsWordAt(const ScanText& text, size_t at) { return IsWordChar(text.bytes()[at]); }

// The bits of the 64 characters from `begin` on; those past the end of the text are 0. REQUIRES:
// `begin` is a multiple of kBlock and less than the text's size.
template <typename Test>
uint64_t BitsAt(const ScanText& text, size_t begin, Test test) {
  const uint64_t bits = BlockBits(text.bytes().data() + begin, test);
  const size_t left = text.size() - begin;
  return left >= kBlock ? bits : bits & ((uint64_t{1} << left) - 1);
}

// Iterates over the maximal runs of characters for which a test of byte_blocks.h holds. Reads no
// more of the text than the requested runs need.
template <typename Test>
class Runs {
 public:
  // `text` outlives this.
  explicit Runs(const ScanText& text) : text_(text) {}

  // Advances to the next run. Returns false if there is none.
  bool Next() {
    if (turns_ == 0 && !FindTurn()) return false;
    const size_t begin = TakeTurn();
    const size_t end = turns_ == 0 && !FindTurn() ? text_.size() : TakeTurn();
    run_ = {begin, end - begin};
    return true;
  }

  // REQUIRES: Next() was true.
  TextSpan operator*() const { return run_; }

 private:
  // Advances to the next block with a turn, where a run begins or ends. Returns false if there is
  // none. Not inlined, so that Next() is.
  [[gnu::noinline]] bool FindTurn() {
    while (next_ < text_.size()) {
      const uint64_t bits = BitsAt(text_, next_, Test());
      turns_ = bits ^ (bits << 1 | inside_);
      inside_ = bits >> (kBlock - 1);
      next_ += kBlock;
      if (turns_ != 0) return true;
    }
    return false;
  }
  size_t TakeTurn() {
    const size_t turn = next_ - kBlock + std::countr_zero(turns_);
    turns_ &= turns_ - 1;
    return turn;
  }

  const ScanText& text_;
  TextSpan run_ = {0, 0};
  size_t next_ = 0;      // The next block to read.
  uint64_t turns_ = 0;   // Turns of the block before, without those already taken.
  uint64_t inside_ = 0;  // Whether that block's last character is in a run.
};

// The pieces of str.split(), and the matches of \w+.
using Tokens = Runs<IsTokenByte>;
using Words = Runs<IsWordByte>;

// The number of runs.
template <typename Test>
size_t CountRuns(const ScanText& text, Test test) {
  size_t runs = 0;
  uint64_t before = 0;  // Whether the character before the block is in a run.
  for (size_t begin = 0; begin < text.size(); begin += kBlock) {
    const uint64_t bits = BitsAt(text, begin, test);
    runs += std::popcount(bits & ~(bits << 1 | before));
    before = bits >> (kBlock - 1);
  }
  return runs;
}

inline size_t CountWords(const ScanText& text) { return CountRuns(text, IsWordByte()); }

// The number of characters for which a test holds.
template <typename Test>
size_t CountIf(const ScanText& text, Test test) {
  size_t count = 0;
  for (size_t begin = 0; begin < text.size(); begin += kBlock) {
    count += std::popcount(BitsAt(text, begin, test));
  }
  return count;
}

// Iterates over the places where a test holds, from front to back.
template <typename Test>
class Places {
 public:
  // `text` outlives this.
  explicit Places(const ScanText& text) : text_(text) {}

  // The first place at or after `from`; npos if there is none. REQUIRES: `from` is not less than in
  // the call before.
  size_t NextFrom(size_t from) {
    if (from >= end_) Load(from - from % kBlock);
    if (from > end_ - kBlock) bits_ &= ~uint64_t{0} << from % kBlock;
    while (bits_ == 0) {
      if (end_ >= text_.size()) return std::string_view::npos;
      Load(end_);
    }
    return end_ - kBlock + std::countr_zero(bits_);
  }

 private:
  void Load(size_t block) {
    bits_ = block < text_.size() ? BitsAt(text_, block, Test()) : 0;
    end_ = block + kBlock;
  }

  const ScanText& text_;
  size_t end_ = 0;  // The end of the block of bits_.
  uint64_t bits_ = 0;
};

// text.find(c, from) for an ASCII character; npos if there is none.
inline size_t FindByte(const ScanText& text, char c, size_t from = 0) {
  return text.bytes().find(c, from);
}

// A text to search for. Immutable; thread-safe.
class Needle {
 public:
  explicit Needle(std::u32string_view text);

  size_t size() const { return code_points_.size(); }
  bool ascii() const { return ascii_; }
  // The bytes, if all characters are ASCII.
  std::string_view bytes() const { return bytes_; }
  std::u32string_view code_points() const { return code_points_; }

 private:
  std::u32string code_points_;
  bool ascii_;
  std::string bytes_;
};

// text.find(needle, from); npos if there is none. REQUIRES: from <= text.size().
size_t FindText(const ScanText& text, const Needle& needle, size_t from = 0);
inline bool HasText(const ScanText& text, const Needle& needle) {
  return FindText(text, needle) != std::string_view::npos;
}
// Whether `needle` is at `at`. REQUIRES: at <= text.size().
bool HasTextAt(const ScanText& text, const Needle& needle, size_t at);

// text.split(separator). REQUIRES: `separator` is not empty.
std::vector<TextSpan> SplitAt(const ScanText& text, const Needle& separator);

// `span` without the bytes at its ends that are `unwanted`.
template <typename Unwanted>
TextSpan StripIf(const ScanText& text, TextSpan span, Unwanted unwanted) {
  const std::string_view bytes = text.bytes();
  size_t begin = span.begin, end = span.end();
  while (begin < end && unwanted(bytes[begin])) ++begin;
  while (begin < end && unwanted(bytes[end - 1])) --end;
  return {begin, end - begin};
}

// `span`, or the whole text, without white space at its ends.
inline TextSpan Strip(const ScanText& text, TextSpan span) {
  return StripIf(text, span, IsSpaceChar);
}
inline TextSpan Strip(const ScanText& text) { return Strip(text, {0, text.size()}); }

// `span` without marks of string.punctuation at its ends.
inline TextSpan StripMarks(const ScanText& text, TextSpan span) {
  if (span.size == 0 || span.size > sizeof(Bytes16)) {
    return StripIf(text, span,
                   [](char c) { return python::IsPunctuation(static_cast<uint8_t>(c)); });
  }
  // Without branches, which would be mispredicted in a loop over words.
  const auto marks = static_cast<uint32_t>(Bits16(text.bytes().data() + span.begin, IsMarkByte()) &
                                           ((uint64_t{1} << span.size) - 1));
  const size_t left = std::countr_one(marks);
  const size_t right = std::countl_one(marks << (32 - span.size));
  return {span.begin + left, left == span.size ? 0 : span.size - left - right};
}

// Iterates over the words of text.translate(no string.punctuation).split(), in which "a-b" is one
// word. Reads no more of the text than they need.
class BareWords {
 public:
  // `text` outlives this.
  explicit BareWords(const ScanText& text) : text_(text), token_(text) {}

  // Advances to the next word. Returns false if there is none.
  bool Next() {
    while (token_.Next()) {
      word_.clear();
      for (size_t at = (*token_).begin; at < (*token_).end(); ++at) {
        if (const char32_t c = text_[at]; !python::IsPunctuation(c)) word_ += c;
      }
      if (!word_.empty()) return true;
    }
    return false;
  }

  // REQUIRES: Next() was true.
  const std::u32string& operator*() const { return word_; }

 private:
  const ScanText& text_;
  Tokens token_;
  std::u32string word_;
};

}  // namespace hir::scan

#endif  // HIR_TEXT_SCAN_SCAN_TEXT_H_
