#include "hir/text/nltk/punkt.h"

#include <cstdint>
#include <optional>
#include <string>

#include "hir/text/nltk/punkt_model.h"
#include "hir/text/nltk/punkt_words.h"
#include "hir/text/scan/char_class.h"

namespace hir::nltk {
namespace {

using internal::PunktModel;
using internal::PunktType;
using scan::FastIsDecimal;
using scan::FastIsLower;
using scan::FastIsUpper;
using scan::FastIsWord;
using scan::IsAsciiSpace;
using scan::IsSpaceChar;
using scan::Places;
using scan::ScanText;
using scan::TextSpan;

bool IsSentenceEnd(char32_t c) { return c == U'.' || c == U'?' || c == U'!'; }

// A token and the properties of its spelling.
struct Token {
  std::u32string_view text;
  bool sentence_break = false;
  bool abbreviation = false;
  bool ellipsis = false;
};

bool EndsWithPeriod(std::u32string_view text) { return text.ends_with(U'.'); }

std::string_view WithoutPeriod(std::string_view type) {
  if (type.size() > 1 && type.back() == '.') type.remove_suffix(1);
  return type;
}

bool IsAbbreviation(std::u32string_view word) {
  const PunktModel& model = PunktModel::English();
  const std::string lower = internal::PunktLower(word);
  if (model.IsAbbreviation(lower)) return true;
  const size_t dash = lower.rfind('-');
  return dash != lower.npos && model.IsAbbreviation(std::string_view(lower).substr(dash + 1));
}

Token Annotate(std::u32string_view text) {
  Token token{text};
  if (text.size() == 1 && IsSentenceEnd(text[0])) {
    token.sentence_break = true;
  } else if (text.size() > 1 && text.find_first_not_of(U'.') == text.npos) {
    token.ellipsis = true;
  } else if (EndsWithPeriod(text) && !text.ends_with(U"..")) {
    token.abbreviation = IsAbbreviation(text.substr(0, text.size() - 1));
    token.sentence_break = !token.abbreviation;
  }
  return token;
}

bool IsInitial(std::u32string_view text) {
  return text.size() == 2 && text[1] == U'.' && FastIsWord(text[0]) && !FastIsDecimal(text[0]);
}

// Whether a word's spelling shows that it starts a sentence or that it does not; nullopt if
// neither.
std::optional<bool> StartsSentence(std::u32string_view text, uint8_t ortho) {
  if (text.size() == 1 && std::u32string_view(U";:,.!?").find(text[0]) != text.npos) return false;
  if (FastIsUpper(text[0]) && (ortho & internal::kOrthoLower) != 0 &&
      (ortho & internal::kOrthoMidUpper) == 0) {
    return true;
  }
  if (FastIsLower(text[0]) &&
      ((ortho & internal::kOrthoUpper) != 0 || (ortho & internal::kOrthoBeginLower) == 0)) {
    return false;
  }
  return std::nullopt;
}

// Whether a sentence ends with `token`, given the token after it.
bool BreaksBefore(const Token& token, const Token& next) {
  if (!EndsWithPeriod(token.text)) return token.sentence_break;
  const PunktModel& model = PunktModel::English();
  const std::string full_type = PunktType(token.text);
  const std::string_view type = WithoutPeriod(full_type);
  const std::string full_next = PunktType(next.text);
  const std::string_view next_type = next.sentence_break ? WithoutPeriod(full_next) : full_next;
  if (model.IsCollocation(type, next_type)) return false;

  const bool initial = IsInitial(token.text);
  const uint8_t ortho = model.Ortho(next_type);
  const std::optional<bool> starts = StartsSentence(next.text, ortho);
  const bool next_upper = FastIsUpper(next.text[0]);
  if ((token.abbreviation || token.ellipsis) && !initial) {
    if (starts == true || (next_upper && model.IsStarter(next_type))) return true;
  }
  if (initial || type == internal::kPunktNumber) {
    if (starts == false) return false;
    if (!starts.has_value() && initial && next_upper && (ortho & internal::kOrthoLower) == 0) {
      return false;
    }
  }
  return token.sentence_break;
}

// Whether there is a boundary between any two neighbouring tokens of `context`.
bool ContainsBreak(std::u32string_view context) {
  internal::PunktWordScanner words(context);
  std::u32string_view text;
  if (!words.Next(&text)) return false;
  Token token = Annotate(text);
  while (words.Next(&text)) {
    const Token next = Annotate(text);
    if (BreaksBefore(token, next)) return true;
    token = next;
  }
  return false;
}

bool ContainsBreak(std::u32string_view context, SentenceMemo* memo) {
  if (memo == nullptr) return ContainsBreak(context);
  return memo->Breaks(context, [](std::u32string_view text) { return ContainsBreak(text); });
}

// A place where a sentence may end.
struct Candidate {
  size_t word_begin;   // The word before the mark.
  size_t mark;         // Its . ? or !
  size_t next_begin;   // Where the next sentence would begin.
  size_t context_end;  // End of the mark or token that follows.
};

// The candidate whose mark is at `mark`, without its word; nullopt if the text after it rules it
// out.
std::optional<Candidate> CandidateAt(std::string_view bytes, size_t mark) {
  size_t next = mark + 1;
  if (next == bytes.size()) return std::nullopt;
  if (internal::IsPunktNonWord(static_cast<uint8_t>(bytes[next]))) {
    return Candidate{0, mark, next, next + 1};
  }
  if (!IsSpaceChar(bytes[next])) return std::nullopt;
  while (next < bytes.size() && IsSpaceChar(bytes[next])) ++next;
  if (next == bytes.size()) return std::nullopt;
  size_t end = next;
  while (end < bytes.size() && !IsSpaceChar(bytes[end])) ++end;
  return Candidate{0, mark, next, end};
}

// The beginning of the word before `mark`, not before the previous candidate `previous`. White
// space at the very first position is overlooked, as in NLTK.
size_t WordBegin(std::string_view bytes, const std::optional<Candidate>& previous, size_t mark) {
  const size_t from = previous.has_value() ? previous->mark : 0;
  for (size_t i = mark; i > from + 1; --i) {
    if (IsAsciiSpace(static_cast<uint8_t>(bytes[i - 1]))) return i;
  }
  return previous.has_value() ? previous->word_begin : 0;
}

// The candidates of `text`; of those that share a word, as in "what?!", only the last.
std::vector<Candidate> Candidates(const ScanText& text) {
  const std::string_view bytes = text.bytes();
  std::vector<Candidate> candidates;
  std::optional<Candidate> previous;
  Places<scan::IsOneOf<'.', '?', '!'>> marks(text);
  for (size_t mark = 0; (mark = marks.NextFrom(mark)) != bytes.npos; ++mark) {
    std::optional<Candidate> candidate = CandidateAt(bytes, mark);
    if (!candidate.has_value()) continue;
    candidate->word_begin = WordBegin(bytes, previous, mark);
    if (previous.has_value() && previous->mark <= candidate->word_begin) {
      candidates.push_back(*previous);
    }
    previous = candidate;
  }
  if (previous.has_value()) candidates.push_back(*previous);
  return candidates;
}

std::vector<TextSpan> RawSpans(const ScanText& text, SentenceMemo* memo) {
  const std::u32string_view code_points = text.code_points();
  std::vector<TextSpan> spans;
  size_t begin = 0;
  for (const Candidate& candidate : Candidates(text)) {
    const size_t length = candidate.context_end - candidate.word_begin;
    if (!ContainsBreak(code_points.substr(candidate.word_begin, length), memo)) continue;
    spans.push_back({begin, candidate.mark + 1 - begin});
    begin = candidate.next_begin;
  }
  size_t end = text.size();
  while (end > begin && IsSpaceChar(text.bytes()[end - 1])) --end;
  spans.push_back({begin, end - begin});
  return spans;
}

// Closing marks at the start of a sentence, and the white space after them.
struct Closing {
  size_t marks;
  size_t total;
};

// Nullopt if the sentence does not start with marks that close the one before.
std::optional<Closing> ClosingMarks(std::string_view sentence) {
  constexpr std::string_view kMarks = "\"')]}";
  size_t marks = 0;
  while (marks < sentence.size() && kMarks.find(sentence[marks]) != kMarks.npos) ++marks;
  size_t end = marks;
  while (end < sentence.size() && IsSpaceChar(sentence[end])) ++end;
  const bool closes =
      end > marks || marks == sentence.size() || sentence.substr(marks).starts_with("--");
  if (marks == 0 || !closes) return std::nullopt;
  return Closing{marks, end};
}

}  // namespace

std::vector<TextSpan> SentenceSpans(const ScanText& text, SentenceMemo* memo) {
  const std::vector<TextSpan> raw = RawSpans(text, memo);
  std::vector<TextSpan> spans;
  spans.reserve(raw.size());
  size_t moved = 0;
  for (size_t i = 0; i < raw.size(); ++i) {
    const size_t begin = raw[i].begin + moved;
    size_t end = raw[i].end();
    moved = 0;
    if (i + 1 < raw.size()) {
      const auto closing = ClosingMarks(BytesOf(text, raw[i + 1]));
      if (closing.has_value()) {
        end = raw[i + 1].begin + closing->marks;
        moved = closing->total;
      }
    }
    if (begin < end) spans.push_back({begin, end - begin});
  }
  return spans;
}

std::vector<std::u32string_view> Sentences(const ScanText& text, SentenceMemo* memo) {
  std::vector<std::u32string_view> sentences;
  for (const TextSpan span : SentenceSpans(text, memo)) {
    sentences.push_back(CodePointsOf(text, span));
  }
  return sentences;
}

}  // namespace hir::nltk
