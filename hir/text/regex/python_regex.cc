#include "hir/text/regex/python_regex.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "hir/base/status_macros.h"
#include "hir/text/python/unicode.h"
#include "hir/text/regex/program.h"
#include "hir/text/scan/char_class.h"

namespace hir::regex {
namespace {

using internal::Assertion;
using internal::Instruction;
using internal::RegexProgram;
using python::FoldCase;
using scan::kAsciiEnd;
using scan::ScanText;
using Kind = Instruction::Kind;

constexpr size_t kMaxPatternLength = 10'000;
constexpr size_t kAllMatches = ~size_t{0};
constexpr size_t kNone = std::string_view::npos;

// Nanoseconds, for the work budget: per step of the matcher between ASCII characters and between
// others, and per character that a literal is compared with.
constexpr int64_t kStepWork = 5;
constexpr int64_t kWideStepWork = 20;
constexpr int64_t kLiteralWork = 4;
// Per character that no match can begin with.
constexpr int64_t kSkipWork = 1;

bool Holds(Assertion assertion, const ScanText& subject, size_t at) {
  const std::string_view text = subject.bytes();
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
      return internal::IsWordBoundary(subject, at);
    case Assertion::kNotWordBoundary:
      // Python 3.11: \B never matches in an empty text.
      return !text.empty() && !internal::IsWordBoundary(subject, at);
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
        required_in_(program.folded ? subject.folded() : subject.text()),
        budget_(subject.budget()),
        seen_(program.code.size(), 0) {}

  // The leftmost match that begins at or after `from`; with `must_advance`, an empty match at
  // `from` does not count.
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

  // The next place where a match may begin; the end of the text if there is none.
  size_t NextStart(size_t at) {
    for (;;) {
      if (program_.required.has_value()) {
        if (required_at_ < at) required_at_ = FindText(required_in_, *program_.required, at);
        if (required_at_ == kNone) return text_.size();
        at = std::max(at, required_at_ - std::min(required_at_, program_.required_within));
      }
      while (at < text_.size() && text_[at] < kAsciiEnd && !program_.starts[text_[at]]) {
        ++at;
      }
      if (!program_.required.has_value() || at <= required_at_ || at == text_.size()) return at;
    }
  }

  // The cost of a step between two characters; those beyond ASCII need table look-ups.
  int64_t StepWork(size_t at) const {
    const bool wide =
        (at < text_.size() && text_[at] >= kAsciiEnd) || (at > 0 && text_[at - 1] >= kAsciiEnd);
    return wide ? kWideStepWork : kStepWork;
  }

  // Adds to `current_` every kSet instruction reachable from `pc` without consuming, by priority.
  // Returns true if it reached a match, which makes threads of lower priority irrelevant.
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

  // Keeps the threads whose set contains `c` and advances them past it.
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
  const ScanText& text_;
  const ScanText& required_in_;
  WorkBudget& budget_;
  std::vector<Thread> current_, next_;
  std::vector<uint32_t> stack_;
  std::vector<uint64_t> seen_;  // Generation in which an instruction was last followed.
  uint64_t generation_ = 0;
  int64_t steps_ = 0;  // At this position.
  bool forbidden_ = false;
  size_t required_at_ = 0;  // The place of the required text at or after the last requested one.
};

// The text between two \b if it is a literal.
std::optional<std::u32string_view> WholeLiteral(std::u32string_view pattern) {
  constexpr std::u32string_view kBoundary = U"\\b";
  if (pattern.size() < 2 * kBoundary.size() || !pattern.starts_with(kBoundary) ||
      !pattern.ends_with(kBoundary)) {
    return std::nullopt;
  }
  pattern.remove_prefix(kBoundary.size());
  pattern.remove_suffix(kBoundary.size());
  if (!IsLiteralPattern(pattern)) return std::nullopt;
  return pattern;
}

}  // namespace

const ScanText& RegexSubject::folded() {
  if (folded_ == nullptr) folded_ = std::make_unique<const ScanText>(text_.Folded());
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
  const std::optional<std::u32string_view> whole = WholeLiteral(pattern);
  if (whole.has_value() || IsLiteralPattern(pattern)) {
    const std::u32string_view given = whole.value_or(pattern);
    const std::u32string literal = options.ignore_case ? FoldCase(given) : std::u32string(given);
    if (!whole.has_value() || internal::RegexLiteral::CanBeWhole(literal)) {
      regex.literal_.emplace(literal, whole.has_value());
      return regex;
    }
  }
  HIR_ASSIGN_OR_RETURN(internal::RegexTree tree,
                       internal::ParseRegex(pattern, options.ignore_case, options.multiline));
  HIR_ASSIGN_OR_RETURN(RegexProgram program,
                       internal::CompileRegex(std::move(tree), options.ignore_case));
  regex.program_ = std::make_unique<const RegexProgram>(std::move(program));
  return regex;
}

absl::StatusOr<bool> PythonRegex::Search(RegexSubject& subject) const {
  HIR_ASSIGN_OR_RETURN(const size_t count, ForEachMatch(1, subject, [](RegexSpan) {}));
  return count == 1;
}

absl::StatusOr<size_t> PythonRegex::Count(RegexSubject& subject) const {
  return ForEachMatch(kAllMatches, subject, [](RegexSpan) {});
}

absl::StatusOr<std::vector<RegexSpan>> PythonRegex::FindAll(RegexSubject& subject) const {
  std::vector<RegexSpan> matches;
  HIR_RETURN_IF_ERROR(ForEachMatch(kAllMatches, subject, [&](RegexSpan match) {
                        matches.push_back(match);
                      }).status());
  return matches;
}

template <typename Take>
absl::StatusOr<size_t> PythonRegex::ForEachMatch(size_t limit, RegexSubject& subject,
                                                 Take take) const {
  size_t count = 0;
  if (program_ != nullptr) {
    if (program_->required.has_value() &&
        !HasText(program_->folded ? subject.folded() : subject.text(), *program_->required)) {
      const auto skipped = static_cast<int64_t>(subject.text().size());
      if (!subject.budget().Charge(skipped * kSkipWork)) {
        return absl::ResourceExhaustedError(kWorkBudgetExhausted);
      }
      return 0;
    }
    Matcher matcher(*program_, subject);
    bool must_advance = false;
    for (size_t from = 0; from <= subject.text().size() && count < limit; ++count) {
      HIR_ASSIGN_OR_RETURN(const std::optional<RegexSpan> match, matcher.Find(from, must_advance));
      if (!match.has_value()) break;
      take(*match);
      must_advance = match->start == match->end;
      from = match->end;
    }
    return count;
  }
  if (!subject.budget().Charge(static_cast<int64_t>(subject.text().size()) * kLiteralWork)) {
    return absl::ResourceExhaustedError(kWorkBudgetExhausted);
  }
  const ScanText& text = ignore_case_ ? subject.folded() : subject.text();
  for (size_t from = 0; from <= text.size() && count < limit; ++count) {
    const size_t at = literal_->Find(text, subject.text(), from);
    if (at == kNone) break;
    take(RegexSpan{at, at + literal_->size()});
    from = at + std::max<size_t>(literal_->size(), 1);
  }
  return count;
}

int PythonRegex::groups() const { return program_ == nullptr ? 0 : program_->groups; }

}  // namespace hir::regex
