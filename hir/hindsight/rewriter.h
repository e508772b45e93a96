// Puts a question and constraints together into one instruction text: the original with all of
// its constraints, the rewritten one with those a response happened to meet.
//
// Source: HiR, arXiv:2512.23457 ("rewrite" of select-then-rewrite). No language model takes part;
// the six layouts are this project's and lie in the record. The chat template comes afterwards.
#ifndef HIR_HINDSIGHT_REWRITER_H_
#define HIR_HINDSIGHT_REWRITER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace hir {

// Numbered as in the records. "Sentences" are the constraints joined by one space, each with a "."
// added when it ends in none of `, . ? !`.
enum class PromptLayout {
  kSpace = 1,           // question + " " + sentences
  kNewline = 2,         // question + "\n" + sentences
  kNumberedRules = 3,   // question, a heading, lines "1. constraint"
  kDashes = 4,          // question, a blank line, lines "- constraint"
  kSentencesFirst = 5,  // sentences, a blank line, the question
  kLines = 6,           // question, a blank line, one constraint a line
};

// INVALID_ARGUMENT: `number` is not in 1..6.
absl::StatusOr<PromptLayout> ParsePromptLayout(int number);

// Removes white space (Unicode's, as Python's str.strip() has it) from both ends of UTF-8 `text`.
// The view is into `text`.
std::string_view StripOuterWhiteSpace(std::string_view text);

// Lays out `question`, as it is, with `constraints`, each stripped of outer white space, in their
// order. Without constraints the result is the question.
std::string ComposeInstruction(std::string_view question, absl::Span<const std::string> constraints,
                               PromptLayout layout);

// q': the instruction with only the constraints at the indices `kept`, which must rise.
// INVALID_ARGUMENT: an index is out of range or not above the one before it.
absl::StatusOr<std::string> RewriteInstruction(std::string_view question,
                                               absl::Span<const std::string> constraints,
                                               absl::Span<const size_t> kept, PromptLayout layout);

}  // namespace hir

#endif  // HIR_HINDSIGHT_REWRITER_H_
