// What a policy is asked to do: a question and its constraints, kept apart so that constraints can
// be dropped, and the one function that makes a prompt's text of them. The chat template is applied
// afterwards (hir/tokenizer/prompt_encoder.h).
#ifndef HIR_DOMAIN_INSTRUCTION_H_
#define HIR_DOMAIN_INSTRUCTION_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hir/domain/constraint.h"

namespace hir {

// How question and constraints become one text, numbered as in records, on the wire and in the run
// folder; the six are this project's. "Sentences" are the constraints joined by one space, each
// with a "." added when it ends in none of `, . ? !`.
enum class Layout {
  kSpace = 1,           // question + " " + sentences
  kNewline = 2,         // question + "\n" + sentences
  kNumberedRules = 3,   // question, a heading, lines "1. constraint"
  kDashes = 4,          // question, a blank line, lines "- constraint"
  kSentencesFirst = 5,  // sentences, a blank line, the question
  kLines = 6,           // question, a blank line, one constraint per line
};

inline constexpr std::array<Layout, 6> kLayouts = {Layout::kSpace,          Layout::kNewline,
                                                   Layout::kNumberedRules,  Layout::kDashes,
                                                   Layout::kSentencesFirst, Layout::kLines};

// INVALID_ARGUMENT: `number` is not in 1..6.
absl::StatusOr<Layout> ParseLayout(int number);

// A question with its constraints.
struct Instruction {
  std::string source_id;  // The data set's own id; empty if it has none. For people only, never
                          // used as a key.
  std::string question;   // UTF-8, never blank.
  std::vector<Constraint> constraints;  // In the order in which the prompt states them.
  Layout layout = Layout::kSpace;
  // The question already states the constraints (IFEval-like records): the prompt is the question
  // as it is. Such an instruction can be trained on and evaluated, but not rewritten in hindsight.
  bool prompt_is_complete = false;
};

// INVALID_ARGUMENT: a constraint depends on itself, directly or through others, twice on the same
// one, or on one that is not there; the message names it as constraints[i].
absl::Status CheckDependencies(absl::Span<const Constraint> constraints);

// Constraint::depends_on of each constraint; empty if no constraint depends on another.
std::vector<std::vector<size_t>> DependenciesOf(absl::Span<const Constraint> constraints);

// The user's message to the model: the question laid out with its constraints, or the question
// alone when prompt_is_complete.
std::string PromptText(const Instruction& instruction);

// Lays out `question`, as it is, with `constraints`, each stripped of outer white space, in their
// order. Without constraints the result is the question.
std::string ComposeInstruction(std::string_view question, absl::Span<const std::string> constraints,
                               Layout layout);

// Removes white space (Unicode's, as Python's str.strip() has it) from both ends of UTF-8 `text`.
// Returns a view into `text`.
std::string_view StripOuterWhiteSpace(std::string_view text);

}  // namespace hir

#endif  // HIR_DOMAIN_INSTRUCTION_H_
