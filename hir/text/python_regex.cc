#include "hir/text/python_regex.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "hir/base/status_macros.h"
#include "hir/text/char_class.h"
#include "hir/text/find_text.h"
#include "hir/text/regex_program.h"
#include "hir/text/unicode.h"

namespace hir {
namespace {

using internal::Assertion;
using internal::Instruction;
using internal::RegexProgram;
using Kind = Instruction::Kind;

constexpr size_t kMaxPatternLength = 10'000;

// Nanoseconds, for the work budget: of a step of the matcher between ASCII characters and between
// others, and of a character that a literal is compared with.
constexpr int64_t kStepWork = 5;
constexpr int64_t kWideStepWork = 20;
constexpr int64_t kLiteralWork = 4;
// Of a character that no match can begin with.
constexpr int64_t kSkipWork = 1;

bool IsWordBoundary(std::u32string_view text, size_t at) {
  const bool word_before = at > 0 && internal::FastIsWord(text[at - 1]);
  const bool word_after = at < text.size() && internal::FastIsWord(text[at]);
  return word_before != word_after;
}

bool Holds(Assertion assertion, std::u32string_view text, size_t at) {
  switch (assertion) {
    case Assertion::kTextStart:
      return at == 0;
    case Assertion::kLineStart:
      return at == 0 || text[at - 1] == '\n';
    case Assertion::kTextEnd:
      return at == text.size();
    case Assertion::kTextEndOrLine:
      return at == text.size() || (at + 1 == text.size() && text[at] == '\n');
    case Assertion::kLineEnd:
      return at == text.size() || text[at] == '\n';
    case Assertion::kWordBoundary:
      return IsWordBoundary(text, at);
    case Assertion::kNotWordBoundary:
      // Python 3.11: \B never matches in an empty text.
      return !text.empty() && !IsWordBoundary(text, at);
  }
  return false;
}

// The state of one search over one text. Threads are kept in order of priority; each carries the
// place where its match began.
class Matcher {
 public:
  Matcher(const RegexProgram& program, RegexSubject& subject)
      : program_(program),
        text_(subject.text()),
        budget_(subject.budget()),
        seen_(program.code.size(), 0) {}

  // The leftmost match that begins at or after `from`; one that begins and ends at `from` does not
  // count when `must_advance`.
  absl::StatusOr<std::optional<RegexSpan>> Find(size_t from, bool must_advance) {
    current_.clear();
    std::optional<RegexSpan> best;
    for (size_t at = from; at <= text_.size(); ++at) {
      steps_ = 0;
      if (current_.empty() && !best.has_value() && !program_.may_be_empty) {
        const size_t start = NextStart(at);
        if (!budget_.Charge(static_cast<int64_t>(start - at) * kSkipWork)) {
          return absl::ResourceExhaustedError(kWorkBudgetExhausted);
        }
        if (start == text_.size()) break;
        at = start;
      }
      ++generation_;
      next_.clear();
      std::swap(current_, next_);
      // `next_` holds the threads that consumed a character up to `at`, unexpanded.
      forbidden_ = must_advance && at == from;
      bool matched = false;
      for (const Thread& thread : next_) {
        matched = Follow(thread.pc, thread.start, at, best);
        if (matched) break;
      }
      if (!matched && !best.has_value()) Follow(0, at, at, best);
      const bool last = at == text_.size() || (current_.empty() && best.has_value());
      if (!last) Consume(text_[at]);
      if (!budget_.Charge(steps_ * StepWork(at))) {
        return absl::ResourceExhaustedError(kWorkBudgetExhausted);
      }
      if (last) break;
    }
    return best;
  }

 private:
  struct Thread {
    uint32_t pc;
    size_t start;
  };

  // The next place where a match may begin; the end of the text when there is none.
  size_t NextStart(size_t at) const {
    while (at < text_.size() && text_[at] < internal::kAsciiEnd && !program_.starts[text_[at]]) {
      ++at;
    }
    return at;
  }

  // What a step between two characters costs: those beyond ASCII are looked up in tables.
  int64_t StepWork(size_t at) const {
    const bool wide = (at < text_.size() && text_[at] >= internal::kAsciiEnd) ||
                      (at > 0 && text_[at - 1] >= internal::kAsciiEnd);
    return wide ? kWideStepWork : kStepWork;
  }

  // Adds to `current_` every kSet instruction reachable from `pc` without consuming, by priority.
  // True: a match was reached; threads of lower priority are pointless then.
  bool Follow(uint32_t pc, size_t start, size_t at, std::optional<RegexSpan>& best) {
    stack_.assign(1, pc);
    while (!stack_.empty()) {
      const uint32_t here = stack_.back();
      stack_.pop_back();
      ++steps_;
      if (seen_[here] == generation_) continue;
      seen_[here] = generation_;
      const Instruction& instruction = program_.code[here];
      switch (instruction.kind) {
        case Kind::kSet:
          current_.push_back({here, start});
          break;
        case Kind::kNotNext:
          if (at == text_.size() || !program_.sets[instruction.first].Contains(text_[at])) {
            stack_.push_back(here + 1);
          }
          break;
        case Kind::kAssert:
          if (Holds(instruction.assertion, text_, at)) stack_.push_back(here + 1);
          break;
        case Kind::kSplit:
          stack_.push_back(instruction.second);
          stack_.push_back(instruction.first);
          break;
        case Kind::kJump:
          stack_.push_back(instruction.first);
          break;
        case Kind::kMatch:
          if (forbidden_ && start == at) break;
          best = RegexSpan{start, at};
          return true;
      }
    }
    return false;
  }

  // Keeps the threads whose set holds `c`, moved behind it.
  void Consume(char32_t c) {
    size_t kept = 0;
    for (const Thread& thread : current_) {
      ++steps_;
      if (!program_.sets[program_.code[thread.pc].first].Contains(c)) continue;
      current_[kept++] = {thread.pc + 1, thread.start};
    }
    current_.resize(kept);
  }

  const RegexProgram& program_;
  const std::u32string_view text_;
  WorkBudget& budget_;
  std::vector<Thread> current_, next_;
  std::vector<uint32_t> stack_;
  std::vector<uint64_t> seen_;  // Generation in which an instruction was last followed.
  uint64_t generation_ = 0;
  int64_t steps_ = 0;  // At this position.
  bool forbidden_ = false;
};

// For each beginning of `literal`, the length of the longest shorter text that both begins and ends
// it (Knuth, Morris and Pratt): how much still matches when the next character does not.
std::vector<uint32_t> Borders(std::u32string_view literal) {
  std::vector<uint32_t> borders(literal.size(), 0);
  for (uint32_t i = 1, border = 0; i < literal.size(); ++i) {
    while (border > 0 && literal[border] != literal[i]) border = borders[border - 1];
    if (literal[border] == literal[i]) ++border;
    borders[i] = border;
  }
  return borders;
}

// Occurrences that don't overlap, up to `limit`; the empty literal occurs at every position.
size_t CountLiteral(std::u32string_view text, std::u32string_view literal,
                    const std::vector<uint32_t>& borders, size_t limit) {
  if (literal.empty()) return std::min(limit, text.size() + 1);
  size_t count = 0;
  size_t matched = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (matched == 0 && (i = FindChar(text, literal[0], i)) == text.npos) break;
    const char32_t c = text[i];
    while (matched > 0 && literal[matched] != c) matched = borders[matched - 1];
    if (literal[matched] == c) ++matched;
    if (matched < literal.size()) continue;
    matched = 0;
    if (++count == limit) break;
  }
  return count;
}

// Matches that don't overlap, up to `limit`.
absl::StatusOr<std::vector<RegexSpan>> FindMatches(const RegexProgram& program,
                                                   RegexSubject& subject, size_t limit) {
  Matcher matcher(program, subject);
  std::vector<RegexSpan> matches;
  bool must_advance = false;
  for (size_t from = 0; from <= subject.text().size() && matches.size() < limit;) {
    HIR_ASSIGN_OR_RETURN(const std::optional<RegexSpan> match, matcher.Find(from, must_advance));
    if (!match.has_value()) break;
    matches.push_back(*match);
    must_advance = match->start == match->end;
    from = match->end;
  }
  return matches;
}

}  // namespace

const std::u32string& RegexSubject::folded() {
  if (!folded_.has_value()) folded_ = FoldCase(text_);
  return *folded_;
}

PythonRegex::PythonRegex() = default;
PythonRegex::PythonRegex(PythonRegex&&) noexcept = default;
PythonRegex& PythonRegex::operator=(PythonRegex&&) noexcept = default;
PythonRegex::~PythonRegex() = default;

bool IsLiteralPattern(std::u32string_view pattern) {
  return pattern.find_first_of(U".^$*+?{}[]\\|()") == pattern.npos;
}

absl::StatusOr<PythonRegex> PythonRegex::Compile(std::u32string_view pattern,
                                                 const RegexOptions& options) {
  if (pattern.size() > kMaxPatternLength) {
    return absl::OutOfRangeError("The pattern is too large: it has more than 10000 characters.");
  }
  PythonRegex regex;
  regex.ignore_case_ = options.ignore_case;
  if (IsLiteralPattern(pattern)) {
    regex.literal_ = options.ignore_case ? FoldCase(pattern) : std::u32string(pattern);
    regex.borders_ = Borders(regex.literal_);
    return regex;
  }
  HIR_ASSIGN_OR_RETURN(internal::RegexTree tree,
                       internal::ParseRegex(pattern, options.ignore_case, options.multiline));
  HIR_ASSIGN_OR_RETURN(RegexProgram program, internal::CompileRegex(std::move(tree)));
  regex.program_ = std::make_unique<const RegexProgram>(std::move(program));
  return regex;
}

absl::StatusOr<bool> PythonRegex::Search(RegexSubject& subject) const {
  HIR_ASSIGN_OR_RETURN(const size_t count, CountUpTo(1, subject));
  return count == 1;
}

absl::StatusOr<size_t> PythonRegex::Count(RegexSubject& subject) const {
  return CountUpTo(subject.text().npos, subject);
}

absl::StatusOr<std::vector<RegexSpan>> PythonRegex::FindAll(RegexSubject& subject) const {
  return FindMatches(*program_, subject, subject.text().npos);
}

absl::StatusOr<size_t> PythonRegex::CountUpTo(size_t limit, RegexSubject& subject) const {
  if (program_ != nullptr) {
    HIR_ASSIGN_OR_RETURN(const auto matches, FindMatches(*program_, subject, limit));
    return matches.size();
  }
  if (!subject.budget().Charge(static_cast<int64_t>(subject.text().size()) * kLiteralWork)) {
    return absl::ResourceExhaustedError(kWorkBudgetExhausted);
  }
  const std::u32string_view text = ignore_case_ ? subject.folded() : subject.text();
  return CountLiteral(text, literal_, borders_, limit);
}

int PythonRegex::groups() const { return program_ == nullptr ? 0 : program_->groups; }

}  // namespace hir
