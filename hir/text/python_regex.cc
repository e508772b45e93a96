#include "hir/text/python_regex.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hir/base/status_macros.h"
#include "hir/text/regex_syntax.h"
#include "hir/text/unicode.h"

namespace hir {
namespace internal {

struct Instruction {
  enum class Kind : uint8_t { kSet, kNotNext, kAssert, kSplit, kJump, kMatch };
  Kind kind;
  Assertion assertion{};
  uint32_t first = 0;   // kSplit: tried first; kJump: the target; kSet, kNotNext: index into sets.
  uint32_t second = 0;  // kSplit: tried next.
};

struct RegexProgram {
  std::vector<Instruction> code;
  std::vector<CharSet> sets;
};

}  // namespace internal

namespace {

using internal::Assertion;
using internal::CharSet;
using internal::Instruction;
using internal::kUnbounded;
using internal::RegexNode;
using internal::RegexProgram;
using Kind = Instruction::Kind;

constexpr size_t kMaxPatternLength = 10'000;
constexpr size_t kMaxInstructions = 20'000;
constexpr int64_t kMaxSteps =
    200'000'000;  // A second or so; a count, so that load changes nothing.

class Emitter {
 public:
  explicit Emitter(RegexProgram& program) : program_(program) {}

  // False: the program would be too large.
  bool Emit(const RegexNode& node) {
    if (program_.code.size() > kMaxInstructions) return false;
    switch (node.kind) {
      case RegexNode::Kind::kSet:
        AddSet(Kind::kSet, node.set);
        return true;
      case RegexNode::Kind::kAssertion:
        Add({Kind::kAssert, node.assertion});
        return true;
      case RegexNode::Kind::kSequence:
        return std::all_of(node.parts.begin(), node.parts.end(),
                           [this](const RegexNode& part) { return Emit(part); });
      case RegexNode::Kind::kAlternatives:
        return EmitAlternatives(node);
      case RegexNode::Kind::kRepeat:
        return node.possessive ? EmitPossessive(node) : EmitRepeat(node);
      default:
        return true;
    }
  }

 private:
  uint32_t Here() const { return static_cast<uint32_t>(program_.code.size()); }
  uint32_t Add(Instruction instruction) {
    program_.code.push_back(instruction);
    return Here() - 1;
  }
  void AddSet(Kind kind, const CharSet& set) {
    program_.sets.push_back(set);
    Add({kind, {}, static_cast<uint32_t>(program_.sets.size() - 1)});
  }
  // Sends the split's branch that skips the body to `target`.
  void PatchSkip(uint32_t split, bool greedy, uint32_t target) {
    (greedy ? program_.code[split].second : program_.code[split].first) = target;
  }
  // A split whose other branch is the next instruction.
  uint32_t AddSplit(bool greedy) {
    const uint32_t split = Add({Kind::kSplit});
    (greedy ? program_.code[split].first : program_.code[split].second) = split + 1;
    return split;
  }

  bool EmitAlternatives(const RegexNode& node) {
    std::vector<uint32_t> jumps;
    for (size_t i = 0; i < node.parts.size(); ++i) {
      const bool last = i + 1 == node.parts.size();
      const uint32_t split = last ? 0 : AddSplit(/*greedy=*/true);
      if (!Emit(node.parts[i])) return false;
      if (last) break;
      jumps.push_back(Add({Kind::kJump}));
      PatchSkip(split, /*greedy=*/true, Here());
    }
    for (uint32_t jump : jumps) program_.code[jump].first = Here();
    return true;
  }

  bool EmitRepeat(const RegexNode& node) {
    const RegexNode& body = node.parts.front();
    for (int i = 0; i < node.least; ++i) {
      if (!Emit(body)) return false;
    }
    if (node.most == kUnbounded) {
      const uint32_t split = AddSplit(node.greedy);
      if (!Emit(body)) return false;
      Add({Kind::kJump, {}, split});
      PatchSkip(split, node.greedy, Here());
      return true;
    }
    std::vector<uint32_t> splits;
    for (int i = node.least; i < node.most; ++i) {
      splits.push_back(AddSplit(node.greedy));
      if (!Emit(body)) return false;
    }
    for (uint32_t split : splits) PatchSkip(split, node.greedy, Here());
    return true;
  }

  // As EmitRepeat, but to leave before the last repeat, the next character must not be in the set.
  bool EmitPossessive(const RegexNode& node) {
    RegexNode greedy = node;
    greedy.possessive = false;
    greedy.most = greedy.least;
    if (!EmitRepeat(greedy)) return false;
    const CharSet& set = node.parts.front().set;
    if (node.most == kUnbounded) {
      greedy.least = 0;
      greedy.most = kUnbounded;
      if (!EmitRepeat(greedy)) return false;
      AddSet(Kind::kNotNext, set);
      return true;
    }
    std::vector<uint32_t> splits;
    for (int i = node.least; i < node.most; ++i) {
      splits.push_back(AddSplit(/*greedy=*/true));
      if (!Emit(node.parts.front())) return false;
    }
    const uint32_t jump = Add({Kind::kJump});
    for (uint32_t split : splits) PatchSkip(split, /*greedy=*/true, Here());
    AddSet(Kind::kNotNext, set);
    program_.code[jump].first = Here();
    return true;
  }

  RegexProgram& program_;
};

bool Holds(Assertion assertion, std::u32string_view text, size_t at) {
  const bool word_before = at > 0 && IsWord(text[at - 1]);
  const bool word_after = at < text.size() && IsWord(text[at]);
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
      return word_before != word_after;
    case Assertion::kNotWordBoundary:
      // Python 3.11: \B never matches in an empty text.
      return !text.empty() && word_before == word_after;
  }
  return false;
}

struct Span {
  size_t start;
  size_t end;
};

// The state of one search over one text. Threads are kept in order of priority; each carries the
// place where its match began.
class Matcher {
 public:
  Matcher(const RegexProgram& program, std::u32string_view text)
      : program_(program), text_(text), seen_(program.code.size(), 0) {}

  // The leftmost match that begins at or after `from`; one that begins and ends at `from` does not
  // count when `must_advance`.
  absl::StatusOr<std::optional<Span>> Find(size_t from, bool must_advance) {
    current_.clear();
    std::optional<Span> best;
    for (size_t at = from; at <= text_.size(); ++at) {
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
      if (steps_ > kMaxSteps) {
        return absl::ResourceExhaustedError("The pattern needs more work than is allowed.");
      }
      if (at == text_.size() || (current_.empty() && best.has_value())) break;
      Consume(text_[at]);
    }
    return best;
  }

 private:
  struct Thread {
    uint32_t pc;
    size_t start;
  };

  // Adds to `current_` every kSet instruction reachable from `pc` without consuming, by priority.
  // True: a match was reached; threads of lower priority are pointless then.
  bool Follow(uint32_t pc, size_t start, size_t at, std::optional<Span>& best) {
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
          best = Span{start, at};
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
  std::vector<Thread> current_, next_;
  std::vector<uint32_t> stack_;
  std::vector<uint64_t> seen_;  // Generation in which an instruction was last followed.
  uint64_t generation_ = 0;
  int64_t steps_ = 0;
  bool forbidden_ = false;
};

std::u32string Fold(std::u32string_view text) {
  std::u32string folded(text);
  for (char32_t& c : folded) c = FoldCase(c);
  return folded;
}

// Occurrences that don't overlap; the empty literal occurs at every position.
size_t CountLiteral(std::u32string_view text, std::u32string_view literal, size_t limit) {
  if (literal.empty()) return std::min(limit, text.size() + 1);
  size_t count = 0;
  for (size_t at = 0; count < limit && (at = text.find(literal, at)) != text.npos; ++count) {
    at += literal.size();
  }
  return count;
}

absl::StatusOr<size_t> CountMatches(const RegexProgram& program, std::u32string_view text,
                                    size_t limit) {
  Matcher matcher(program, text);
  size_t count = 0;
  bool must_advance = false;
  for (size_t from = 0; from <= text.size() && count < limit;) {
    HIR_ASSIGN_OR_RETURN(const std::optional<Span> match, matcher.Find(from, must_advance));
    if (!match.has_value()) break;
    ++count;
    must_advance = match->start == match->end;
    from = match->end;
  }
  return count;
}

}  // namespace

PythonRegex::PythonRegex() = default;
PythonRegex::PythonRegex(PythonRegex&&) noexcept = default;
PythonRegex& PythonRegex::operator=(PythonRegex&&) noexcept = default;
PythonRegex::~PythonRegex() = default;

bool IsLiteralPattern(std::u32string_view pattern) {
  return pattern.find_first_of(U".^$*+?{}[]\\|()") == pattern.npos;
}

absl::StatusOr<PythonRegex> PythonRegex::Compile(std::u32string_view pattern,
                                                 const RegexOptions& options) {
  PythonRegex regex;
  regex.ignore_case_ = options.ignore_case;
  if (IsLiteralPattern(pattern)) {
    regex.literal_ = options.ignore_case ? Fold(pattern) : std::u32string(pattern);
    return regex;
  }
  if (pattern.size() > kMaxPatternLength) {
    return absl::UnimplementedError("The pattern has more than 10000 characters.");
  }
  HIR_ASSIGN_OR_RETURN(const RegexNode tree,
                       internal::ParseRegex(pattern, options.ignore_case, options.multiline));
  auto program = std::make_unique<RegexProgram>();
  if (!Emitter(*program).Emit(tree)) {
    return absl::UnimplementedError(absl::StrCat("The pattern \"", EncodeUtf8(pattern),
                                                 "\" needs more than 20000 instructions."));
  }
  program->code.push_back({Kind::kMatch});
  regex.program_ = std::move(program);
  return regex;
}

absl::StatusOr<bool> PythonRegex::Search(std::u32string_view text) const {
  if (program_ == nullptr) {
    return CountLiteral(ignore_case_ ? Fold(text) : std::u32string(text), literal_, 1) == 1;
  }
  HIR_ASSIGN_OR_RETURN(const size_t count, CountMatches(*program_, text, 1));
  return count == 1;
}

absl::StatusOr<size_t> PythonRegex::Count(std::u32string_view text) const {
  if (program_ == nullptr) {
    return CountLiteral(ignore_case_ ? Fold(text) : std::u32string(text), literal_, text.npos);
  }
  return CountMatches(*program_, text, text.npos);
}

}  // namespace hir
