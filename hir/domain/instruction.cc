#include "hir/domain/instruction.h"

#include <algorithm>
#include <cstddef>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hir {
namespace {

// Every code point for which Python's str.isspace() holds, in UTF-8.
constexpr std::array<std::string_view, 29> kWhiteSpace = {
    "\t",           "\n",           "\v",           "\f",           "\r",
    "\x1c",         "\x1d",         "\x1e",         "\x1f",         " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

size_t LeadingSpaceBytes(std::string_view text) {
  for (std::string_view space : kWhiteSpace) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

size_t TrailingSpaceBytes(std::string_view text) {
  for (std::string_view space : kWhiteSpace) {
    if (text.ends_with(space)) return space.size();
  }
  return 0;
}

using Pieces = std::vector<std::string>;

std::string Sentences(Pieces constraints) {
  for (std::string& constraint : constraints) {
    const char last = constraint.empty() ? '\0' : constraint.back();
    if (last != ',' && last != '.' && last != '?' && last != '!') constraint += '.';
  }
  return absl::StrJoin(constraints, " ");
}

std::string NumberedLines(Pieces constraints) {
  int number = 0;
  for (std::string& constraint : constraints) constraint = absl::StrCat(++number, ". ", constraint);
  return absl::StrJoin(constraints, "\n");
}

absl::Status DependencyError(size_t constraint, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat("constraints[", constraint, "]: depends_on ", what));
}

}  // namespace

absl::StatusOr<Layout> ParseLayout(int number) {
  if (number < 1 || number > 6) {
    return absl::InvalidArgumentError(
        absl::StrCat("layout is ", number, "; it must be one of 1 to 6"));
  }
  return static_cast<Layout>(number);
}

absl::Status CheckDependencies(absl::Span<const Constraint> constraints) {
  for (size_t i = 0; i < constraints.size(); ++i) {
    const std::vector<size_t>& others = constraints[i].depends_on;
    for (size_t k = 0; k < others.size(); ++k) {
      if (others[k] >= constraints.size()) {
        return DependencyError(i,
                               absl::StrCat("has ", others[k], ", but the ", constraints.size(),
                                            " constraints of the instruction are counted from 0"));
      }
      if (std::find(others.begin(), others.begin() + static_cast<ptrdiff_t>(k), others[k]) !=
          others.begin() + static_cast<ptrdiff_t>(k)) {
        return DependencyError(i, absl::StrCat("has ", others[k], " twice"));
      }
    }
  }
  // Takes away constraints that depend on none of those left; what can't be taken is in a cycle or
  // depends on one.
  std::vector<bool> taken(constraints.size());
  for (bool progress = true; progress;) {
    progress = false;
    for (size_t i = 0; i < constraints.size(); ++i) {
      const auto is_taken = [&taken](size_t other) { return taken[other]; };
      if (taken[i] || !absl::c_all_of(constraints[i].depends_on, is_taken)) continue;
      taken[i] = progress = true;
    }
  }
  const auto left = std::find(taken.begin(), taken.end(), false);
  if (left == taken.end()) return absl::OkStatus();
  return DependencyError(static_cast<size_t>(left - taken.begin()),
                         "leads in a circle, so none of these constraints could come first");
}

std::vector<std::vector<size_t>> DependenciesOf(absl::Span<const Constraint> constraints) {
  const auto is_free = [](const Constraint& each) { return each.depends_on.empty(); };
  if (absl::c_all_of(constraints, is_free)) return {};
  std::vector<std::vector<size_t>> dependencies;
  for (const Constraint& constraint : constraints) dependencies.push_back(constraint.depends_on);
  return dependencies;
}

std::string PromptText(const Instruction& instruction) {
  if (instruction.prompt_is_complete) return instruction.question;
  std::vector<std::string> texts;
  for (const Constraint& constraint : instruction.constraints) texts.push_back(constraint.text);
  return ComposeInstruction(instruction.question, texts, instruction.layout);
}

std::string_view StripOuterWhiteSpace(std::string_view text) {
  while (size_t bytes = LeadingSpaceBytes(text)) text.remove_prefix(bytes);
  while (size_t bytes = TrailingSpaceBytes(text)) text.remove_suffix(bytes);
  return text;
}

std::string ComposeInstruction(std::string_view question, absl::Span<const std::string> constraints,
                               Layout layout) {
  const std::string text(question);
  if (constraints.empty()) return text;
  Pieces stripped;
  for (const std::string& constraint : constraints) {
    stripped.emplace_back(StripOuterWhiteSpace(constraint));
  }
  switch (layout) {
    case Layout::kSpace:
      return text + " " + Sentences(stripped);
    case Layout::kNewline:
      return text + "\n" + Sentences(stripped);
    case Layout::kNumberedRules:
      return text + "\n\nThe output must follow these rules:\n" + NumberedLines(stripped);
    case Layout::kDashes:
      return text + "\n\n- " + absl::StrJoin(stripped, "\n- ");
    case Layout::kSentencesFirst:
      return Sentences(stripped) + "\n\n" + text;
    case Layout::kLines:
      break;
  }
  return text + "\n\n" + absl::StrJoin(stripped, "\n");
}

}  // namespace hir
