#include "hir/checkers/core/checker_builder.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "hir/base/status_macros.h"

namespace hir {

using regex::PythonRegex;
using regex::RegexOptions;
using regex::RegexSpan;
using regex::RegexSubject;

absl::StatusOr<CountRelation> CountRelation::Create(const Arguments& arguments,
                                                    std::string_view relation_name,
                                                    std::string_view threshold_name,
                                                    int64_t least) {
  const std::u32string relation = arguments.String(relation_name);
  if (relation != U"less than" && relation != U"at least") {
    return arguments.Error(relation_name, "it must be \"less than\" or \"at least\"");
  }
  HIR_RETURN_IF_ERROR(arguments.RequireAtLeast(threshold_name, least));
  return CountRelation(relation == U"at least", arguments.Integer(threshold_name));
}

CheckResult CountRelation::Check(size_t count) const {
  const auto number = static_cast<int64_t>(count);
  return PassIf(at_least_ ? number >= threshold_ : number < threshold_);
}

absl::StatusOr<ArgumentPattern> ArgumentPattern::Create(const Arguments& arguments,
                                                        std::string_view name,
                                                        std::u32string_view pattern,
                                                        const RegexOptions& options) {
  absl::StatusOr<PythonRegex> regex = PythonRegex::Compile(pattern, options);
  if (absl::IsOutOfRange(regex.status())) {
    return arguments.Error(name, "the pattern is too large");
  }
  return ArgumentPattern(std::move(regex));
}

absl::StatusOr<bool> ArgumentPattern::Search(RegexSubject& subject) const {
  HIR_RETURN_IF_ERROR(regex_.status());
  return regex_->Search(subject);
}

absl::StatusOr<size_t> ArgumentPattern::Count(RegexSubject& subject) const {
  HIR_RETURN_IF_ERROR(regex_.status());
  return regex_->Count(subject);
}

absl::StatusOr<std::vector<RegexSpan>> ArgumentPattern::FindAll(RegexSubject& subject) const {
  HIR_RETURN_IF_ERROR(regex_.status());
  if (regex_->groups() > 0) {
    return absl::UnimplementedError("Groups in this pattern are not supported.");
  }
  return regex_->FindAll(subject);
}

absl::StatusOr<size_t> ArgumentPattern::CountSplits(RegexSubject& subject) const {
  HIR_ASSIGN_OR_RETURN(const size_t matches, Count(subject));
  return matches * (1 + static_cast<size_t>(regex_->groups()));
}

}  // namespace hir
