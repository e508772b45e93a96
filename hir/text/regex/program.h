// The instructions that a regular expression is compiled to. Internal to hir/text/regex.
#ifndef HIR_TEXT_REGEX_PROGRAM_H_
#define HIR_TEXT_REGEX_PROGRAM_H_

#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "hir/text/regex/char_set.h"
#include "hir/text/regex/syntax.h"
#include "hir/text/scan/scan_text.h"

namespace hir::regex::internal {

// One instruction; the meaning of its operands depends on `kind`.
struct Instruction {
  enum class Kind : uint8_t { kSet, kNotNext, kAssert, kSplit, kJump, kMatch };
  Kind kind;
  Assertion assertion{};
  uint32_t first = 0;   // kSplit: tried first; kJump: the target; kSet, kNotNext: index into sets.
  uint32_t second = 0;  // kSplit: tried next.
};

// A compiled pattern.
struct RegexProgram {
  std::vector<Instruction> code;  // Begins at the first, ends with kMatch.
  std::vector<CharSet> sets;      // One per set in the pattern, however often it is repeated.
  int groups = 0;
  // The ASCII characters with which a match can begin, and whether it can be empty or begin with
  // another character, in which case every place is tried.
  std::bitset<scan::kAsciiEnd> starts;
  bool may_be_empty = false;
  // A text that every match contains, at most `required_within` characters after its start. If case
  // is ignored, it is `folded` and searched for in the folded text.
  std::optional<scan::Needle> required;
  size_t required_within = 0;
  bool folded = false;
};

// OUT_OF_RANGE: more than 20,000 instructions.
absl::StatusOr<RegexProgram> CompileRegex(RegexTree tree, bool ignore_case);

}  // namespace hir::regex::internal

#endif  // HIR_TEXT_REGEX_PROGRAM_H_
