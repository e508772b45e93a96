#include "hir/text/regex/program.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"

namespace hir::regex::internal {
namespace {

using scan::kAsciiEnd;
using Kind = Instruction::Kind;

constexpr size_t kMaxInstructions = 20'000;

class Emitter {
 public:
  explicit Emitter(std::vector<Instruction>& code) : code_(code) {}

  // Returns false if the program would be too large.
  bool Emit(const RegexNode& node) {
    if (code_.size() > kMaxInstructions) return false;
    switch (node.kind) {
      case RegexNode::Kind::kSet:
        Add({Kind::kSet, {}, node.set});
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
        return EmitRepeat(node);
      default:
        return true;
    }
  }

 private:
  uint32_t Here() const { return static_cast<uint32_t>(code_.size()); }
  uint32_t Add(Instruction instruction) {
    code_.push_back(instruction);
    return Here() - 1;
  }
  // Makes the split's branch that skips the body jump to `target`.
  void PatchSkip(uint32_t split, bool greedy, uint32_t target) {
    (greedy ? code_[split].second : code_[split].first) = target;
  }
  // A split whose other branch is the next instruction.
  uint32_t AddSplit(bool greedy) {
    const uint32_t split = Add({Kind::kSplit});
    (greedy ? code_[split].first : code_[split].second) = split + 1;
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
    for (uint32_t jump : jumps) code_[jump].first = Here();
    return true;
  }

  bool EmitRepeat(const RegexNode& node) {
    for (int i = 0; i < node.least; ++i) {
      if (!Emit(node.parts.front())) return false;
    }
    return node.most == kUnbounded ? EmitUnbounded(node) : EmitOptional(node);
  }

  // Emits the repeats beyond the minimum if there is no maximum. A possessive repeat is a greedy
  // one that can end only where the next character is not in the set.
  bool EmitUnbounded(const RegexNode& node) {
    const uint32_t split = AddSplit(node.greedy);
    if (!Emit(node.parts.front())) return false;
    Add({Kind::kJump, {}, split});
    PatchSkip(split, node.greedy, Here());
    if (node.possessive) Add({Kind::kNotNext, {}, node.parts.front().set});
    return true;
  }

  // Emits the repeats between minimum and maximum. After the last one of a possessive repeat, any
  // character may follow.
  bool EmitOptional(const RegexNode& node) {
    std::vector<uint32_t> splits;
    for (int i = node.least; i < node.most; ++i) {
      splits.push_back(AddSplit(node.greedy));
      if (!Emit(node.parts.front())) return false;
    }
    const uint32_t jump = node.possessive ? Add({Kind::kJump}) : 0;
    for (uint32_t split : splits) PatchSkip(split, node.greedy, Here());
    if (!node.possessive) return true;
    Add({Kind::kNotNext, {}, node.parts.front().set});
    code_[jump].first = Here();
    return true;
  }

  std::vector<Instruction>& code_;
};

// Sets `starts` and `may_be_empty` by following the instructions that consume nothing from the
// start.
void FindStarts(RegexProgram& program) {
  std::vector<uint32_t> pending = {0};
  std::vector<bool> seen(program.code.size(), false);
  while (!pending.empty()) {
    const uint32_t here = pending.back();
    pending.pop_back();
    if (seen[here]) continue;
    seen[here] = true;
    const Instruction& instruction = program.code[here];
    switch (instruction.kind) {
      case Kind::kSet:
        for (char32_t c = 0; c < kAsciiEnd; ++c) {
          if (program.sets[instruction.first].Contains(c)) program.starts.set(c);
        }
        break;
      case Kind::kNotNext:
      case Kind::kAssert:
        pending.push_back(here + 1);
        break;
      case Kind::kSplit:
        pending.push_back(instruction.second);
        pending.push_back(instruction.first);
        break;
      case Kind::kJump:
        pending.push_back(instruction.first);
        break;
      case Kind::kMatch:
        program.may_be_empty = true;
        break;
    }
  }
}

constexpr size_t kNoLimit = ~size_t{0};

// The sum, or kNoLimit on overflow.
size_t AddWidths(size_t a, size_t b) { return a > kNoLimit - b ? kNoLimit : a + b; }

// The most characters that the node can match.
size_t Widest(const RegexNode& node) {
  size_t widest = 0;
  switch (node.kind) {
    case RegexNode::Kind::kSet:
      return 1;
    case RegexNode::Kind::kSequence:
      for (const RegexNode& part : node.parts) widest = AddWidths(widest, Widest(part));
      return widest;
    case RegexNode::Kind::kAlternatives:
      for (const RegexNode& part : node.parts) widest = std::max(widest, Widest(part));
      return widest;
    case RegexNode::Kind::kRepeat:
      widest = Widest(node.parts.front());
      if (widest == 0 || node.most == 0) return 0;
      if (node.most == kUnbounded || widest > kNoLimit / static_cast<size_t>(node.most)) {
        return kNoLimit;
      }
      return widest * static_cast<size_t>(node.most);
    default:
      return 0;
  }
}

// Sets `required`: the longest run of single ASCII characters at the top level of the pattern. A
// run at an unbounded distance from the start is useful, too: without it there is no match.
void FindRequired(const RegexTree& tree, RegexProgram& program) {
  if (tree.root.parts.size() != 1) return;  // Alternatives.
  std::u32string longest, run;
  size_t within = 0;  // The greatest distance of the run's first character from the start.
  for (const RegexNode& part : tree.root.parts[0].parts) {
    const std::optional<char32_t> only =
        part.kind == RegexNode::Kind::kSet ? tree.sets[part.set].Only() : std::nullopt;
    if (only.has_value() && *only < kAsciiEnd) {
      run += *only;
      if (run.size() <= longest.size()) continue;
      longest = run;
      program.required_within = within;
      continue;
    }
    within = AddWidths(AddWidths(within, run.size()), Widest(part));
    run.clear();
  }
  if (!longest.empty()) program.required.emplace(longest);
}

}  // namespace

absl::StatusOr<RegexProgram> CompileRegex(RegexTree tree, bool ignore_case) {
  RegexProgram program;
  if (!Emitter(program.code).Emit(tree.root) || program.code.size() > kMaxInstructions) {
    return absl::OutOfRangeError(
        "The pattern is too large: it needs more than 20000 instructions.");
  }
  program.code.push_back({Kind::kMatch});
  FindRequired(tree, program);
  program.folded = ignore_case;
  program.sets = std::move(tree.sets);
  program.groups = tree.groups;
  FindStarts(program);
  return program;
}

}  // namespace hir::regex::internal
