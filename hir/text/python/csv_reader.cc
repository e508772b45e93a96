#include "hir/text/python/csv_reader.h"

#include <utility>

#include "absl/status/status.h"

namespace hir::python {
namespace {

constexpr size_t kMaxField = 131'072;
constexpr char32_t kQuote = U'"';

bool IsLineEnd(char32_t c) { return c == U'\n' || c == U'\r'; }

// The state machine of CPython's _csv.c, for the options that are used.
class Reader {
 public:
  explicit Reader(char32_t delimiter) : delimiter_(delimiter) {}

  // `line` includes its line feed, if it has one.
  absl::Status TakeLine(std::u32string_view line) {
    for (size_t at = 0; at < line.size();) {
      const size_t plain = CountPlain(line.substr(at));
      if (!Add(line.substr(at, plain))) return absl::InvalidArgumentError(problem_);
      at += plain;
      if (at < line.size() && !Take(line[at++])) return absl::InvalidArgumentError(problem_);
    }
    // The end of the line; inside quotes the record goes on.
    if (state_ == State::kQuoted) return absl::OkStatus();
    if (state_ == State::kField || state_ == State::kFieldStart ||
        state_ == State::kQuoteInQuoted) {
      SaveField();
    }
    EndRecord();
    return absl::OkStatus();
  }

  std::vector<CsvRow> Finish() {
    if (state_ == State::kQuoted) {
      SaveField();
      EndRecord();
    }
    return std::move(rows_);
  }

 private:
  enum class State { kRecordStart, kFieldStart, kField, kQuoted, kQuoteInQuoted, kLineEnd };

  // How many characters at the start of `text` continue the current field.
  size_t CountPlain(std::u32string_view text) const {
    size_t count = 0;
    if (state_ == State::kQuoted) {
      while (count < text.size() && text[count] != kQuote) ++count;
    } else if (state_ == State::kField) {
      while (count < text.size() && text[count] != delimiter_ && !IsLineEnd(text[count])) ++count;
    }
    return count;
  }

  // Returns false for csv.Error.
  bool Take(char32_t c) {
    switch (state_) {
      case State::kRecordStart:
        if (IsLineEnd(c)) {
          state_ = State::kLineEnd;
          return true;
        }
        [[fallthrough]];
      case State::kFieldStart:
        if (c != kQuote) return TakeUnquoted(c);
        state_ = State::kQuoted;
        return true;
      case State::kField:
        return TakeUnquoted(c);
      case State::kQuoted:
        state_ = State::kQuoteInQuoted;
        return true;
      case State::kQuoteInQuoted:
        if (c != kQuote) return TakeUnquoted(c);
        state_ = State::kQuoted;
        return Add({&c, 1});
      case State::kLineEnd:
        if (IsLineEnd(c)) return true;
        problem_ = "A new line is seen in an unquoted field.";
        return false;
    }
    return true;
  }

  bool TakeUnquoted(char32_t c) {
    if (IsLineEnd(c)) {
      SaveField();
      state_ = State::kLineEnd;
      return true;
    }
    if (c == delimiter_) {
      SaveField();
      state_ = State::kFieldStart;
      return true;
    }
    state_ = State::kField;
    return Add({&c, 1});
  }

  bool Add(std::u32string_view characters) {
    if (field_.size() + characters.size() > kMaxField) {
      problem_ = "A field is larger than 131072 characters.";
      return false;
    }
    field_.append(characters);
    return true;
  }

  void SaveField() { row_.push_back(std::exchange(field_, {})); }

  void EndRecord() {
    rows_.push_back(std::exchange(row_, {}));
    state_ = State::kRecordStart;
  }

  const char32_t delimiter_;
  State state_ = State::kRecordStart;
  std::u32string field_;
  CsvRow row_;
  std::vector<CsvRow> rows_;
  const char* problem_ = "";
};

}  // namespace

absl::StatusOr<std::vector<CsvRow>> ReadCsv(std::u32string_view text, char32_t delimiter) {
  Reader reader(delimiter);
  while (!text.empty()) {
    const size_t end = text.find(U'\n');
    const size_t size = end == text.npos ? text.size() : end + 1;
    if (absl::Status status = reader.TakeLine(text.substr(0, size)); !status.ok()) return status;
    text.remove_prefix(size);
  }
  return reader.Finish();
}

}  // namespace hir::python
