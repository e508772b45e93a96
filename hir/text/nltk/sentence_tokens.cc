#include "hir/text/nltk/sentence_tokens.h"

#include <algorithm>
#include <iterator>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "hir/text/nltk/treebank.h"
#include "hir/text/python/unicode.h"
#include "hir/text/scan/ascii_set.h"
#include "hir/text/scan/char_class.h"

namespace hir::nltk::internal {
namespace {

using python::View;
using scan::AsciiSet;
using scan::FastIsDecimal;
using scan::FastIsSpace;
using scan::FastIsWord;
using scan::kAsciiEnd;

constexpr size_t kNone = View::npos;

size_t SkipSpace(View text, size_t at) {
  while (at < text.size() && FastIsSpace(text[at])) ++at;
  return at;
}

// Whether `text` is an ending that the steps split off, as in "it's" or "we'll".
bool IsClitic(View text) {
  constexpr View kClitics[] = {U"'s",  U"'S",  U"'m",  U"'M",  U"'d",  U"'D",
                               U"'ll", U"'LL", U"'re", U"'RE", U"'ve", U"'VE"};
  return std::find(std::begin(kClitics), std::end(kClitics), text) != std::end(kClitics);
}

// Reads pieces of a sentence, from white space to white space, if the result of all steps on them
// can be predicted.
class PieceReader {
 public:
  explicit PieceReader(View sentence) : sentence_(sentence) {}

  // Fills tokens(). `next` is the beginning of the next piece, or the end of the sentence;
  // `after_other` tells that the result on the previous piece could not be predicted. Returns false
  // if it can't be for this one either. REQUIRES: begin < end.
  bool Read(size_t begin, size_t end, size_t next, bool after_other);

  absl::Span<const View> tokens() const { return tokens_; }

 private:
  bool HasAt(size_t at, char32_t c) const { return at < sentence_.size() && sentence_[at] == c; }
  bool IsParted(size_t at) const;
  bool Opens(size_t at) const;
  bool AddMark(size_t at);
  bool AddWord(size_t begin, size_t apostrophe, size_t end);
  bool ReadWordsAndMarks(size_t begin, size_t end);

  const View sentence_;
  absl::InlinedVector<View, 8> tokens_;
};

bool PieceReader::Read(size_t begin, size_t end, size_t next, bool after_other) {
  tokens_.clear();
  // A period is a token by itself if only closing marks are between it and the end of the sentence,
  // in this piece or in others.
  size_t closers = end;
  while (closers > begin && IsOneOf(sentence_[closers - 1], kPeriodClosers)) --closers;
  if (closers == begin) return !after_other && ReadWordsAndMarks(begin, end);
  if (sentence_[closers - 1] != U'.') return ReadWordsAndMarks(begin, end);
  if (next < sentence_.size()) {
    return !IsOneOf(sentence_[next], kPeriodClosers) && ReadWordsAndMarks(begin, end);
  }
  if (closers < end || !ReadWordsAndMarks(begin, end - 1)) return false;
  tokens_.push_back(sentence_.substr(end - 1, 1));
  return true;
}

// Returns false for back-ticks, runs of marks, contractions, and apostrophes that are not part of a
// clitic.
bool PieceReader::ReadWordsAndMarks(size_t begin, size_t end) {
  for (size_t at = begin; at < end; ++at) {
    const size_t word = at;
    size_t letters = at, apostrophe = kNone;
    for (;; ++at) {
      if (at < end && FastIsWord(sentence_[at])) continue;
      if (IsContraction(sentence_.substr(letters, at - letters))) return false;
      if (at == end || IsParted(at)) break;
      const char32_t c = sentence_[at];
      if (c == U'`' || (c == U'\'' && apostrophe != kNone)) return false;
      if ((c == U'-' || c == U'.') && HasAt(at + 1, c)) return false;
      if (c == U'\'') apostrophe = at;
      letters = at + 1;
    }
    if (at > word && !AddWord(word, apostrophe, at)) return false;
    if (at < end && !AddMark(at)) return false;
  }
  return true;
}

// Whether the character at `at` is always a token by itself.
bool PieceReader::IsParted(size_t at) const {
  static constexpr AsciiSet kMarks(U";@#$%&?!*()[]{}<>\"");
  const char32_t c = sentence_[at];
  if (c == U',' || c == U':') {
    return at + 1 == sentence_.size() || !FastIsDecimal(sentence_[at + 1]);
  }
  return c < kAsciiEnd ? kMarks.Has(c) : IsOneOf(c, U"«»“”„‘’");
}

// Whether the double quote at `at` is an opening one.
bool PieceReader::Opens(size_t at) const {
  if (at == 0 || IsOneOf(sentence_[at - 1], U" ([{<«“„‘")) return true;
  // An early step puts a space after a quote at the start of the sentence.
  return at == 1 && sentence_[0] == U'"';
}

bool PieceReader::AddMark(size_t at) {
  const char32_t c = sentence_[at];
  // The steps skip the second of two commas.
  if ((c == U',' || c == U':') && (HasAt(at + 1, U',') || HasAt(at + 1, U':'))) return false;
  View token = sentence_.substr(at, 1);
  if (c == U'"') token = Opens(at) ? View(U"``") : View(U"''");
  tokens_.push_back(token);
  return true;
}

bool PieceReader::AddWord(size_t begin, size_t apostrophe, size_t end) {
  size_t clitic = end;
  if (apostrophe != kNone) {
    clitic = apostrophe;
    const View tail = sentence_.substr(apostrophe, end - apostrophe);
    if (!IsClitic(tail)) {
      // "don't" is "do" and "n't".
      if (apostrophe == begin) return false;
      const char32_t before = sentence_[apostrophe - 1];
      if (!(before == U'n' && tail == U"'t") && !(before == U'N' && tail == U"'T")) return false;
      --clitic;
      size_t letters = clitic;
      while (letters > begin && FastIsWord(sentence_[letters - 1])) --letters;
      if (IsContraction(sentence_.substr(letters, clitic - letters))) return false;
    }
    if (clitic == begin) return false;
  }
  tokens_.push_back(sentence_.substr(begin, clitic - begin));
  if (clitic < end) tokens_.push_back(sentence_.substr(clitic, end - clitic));
  return true;
}

}  // namespace

SentenceTokens::SentenceTokens(View sentence) : sentence_(sentence) {
  sentence = sentence_;
  tokens_.reserve(sentence.size() / 4 + 1);
  PieceReader reader(sentence);
  size_t left = 0;      // The end of the last piece whose tokens were added.
  bool others = false;  // Whether unpredictable pieces follow it.
  size_t next = SkipSpace(sentence, 0);
  while (next < sentence.size()) {
    const size_t begin = next;
    size_t end = begin;
    while (end < sentence.size() && !FastIsSpace(sentence[end])) ++end;
    next = SkipSpace(sentence, end);
    const bool read = reader.Read(begin, end, next, /*after_other=*/others);
    if (read && others) AddInSteps(left, begin);
    others = !read;
    if (!read) continue;
    tokens_.insert(tokens_.end(), reader.tokens().begin(), reader.tokens().end());
    left = end;
  }
  if (others) AddInSteps(left, sentence.size());
}

// No step looks beyond the white space around a piece, except at the ends of the sentence.
void SentenceTokens::AddInSteps(size_t begin, size_t end) {
  const View sentence = sentence_;
  const View stretch = sentence.substr(begin, end - begin);
  rewritten_.push_front(TakeTokenizerSteps(stretch, {begin == 0, end == sentence.size()}));
  const View text = rewritten_.front();
  for (size_t at = SkipSpace(text, 0); at < text.size(); at = SkipSpace(text, at)) {
    const View token = text.substr(at, text.find(U' ', at) - at);
    tokens_.push_back(token);
    at += token.size();
  }
}

}  // namespace hir::nltk::internal
