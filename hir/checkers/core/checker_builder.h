// What the families share: checkers made of a function, and the comparison most of them end with.
#ifndef HIR_CHECKERS_CORE_CHECKER_BUILDER_H_
#define HIR_CHECKERS_CORE_CHECKER_BUILDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "hir/checkers/core/arguments.h"
#include "hir/checkers/core/registry.h"
#include "hir/text/regex/python_regex.h"

namespace hir {

using CheckFunction = std::function<CheckResult(const ResponseText&)>;

// A checker that calls `check(const ResponseText&)`, which must be pure and give a CheckResult.
template <typename Function>
std::unique_ptr<Checker> CheckerFrom(Function check) {
  // Holds the function itself: a std::function would add an indirect call to every check.
  class FunctionChecker : public Checker {
   public:
    explicit FunctionChecker(Function check) : check_(std::move(check)) {}
    CheckResult Check(const ResponseText& response) const override { return check_(response); }

   private:
    const Function check_;
  };
  return std::make_unique<FunctionChecker>(std::move(check));
}

// Registers a checker without arguments.
template <typename Function>
void RegisterPlain(CheckerRegistry& registry, std::string_view kind, Function check) {
  registry.Register(
      {std::string(kind), {}, [check](const Arguments&) { return CheckerFrom(check); }});
}

// Compares a count with the argument that states how many are asked for.
class CountRelation {
 public:
  // Reads the relation "less than" or "at least" and the threshold, which is at least `least`.
  // INVALID_ARGUMENT: another relation or a smaller threshold.
  static absl::StatusOr<CountRelation> Create(const Arguments& arguments,
                                              std::string_view relation_name,
                                              std::string_view threshold_name, int64_t least = 0);

  CheckResult Check(size_t count) const;

 private:
  CountRelation(bool at_least, int64_t threshold) : at_least_(at_least), threshold_(threshold) {}

  bool at_least_;
  int64_t threshold_;
};

// A pattern from a constraint's arguments. If it can't be compiled, the checker can still be made;
// its verdict is undecidable once it would use the pattern, where the official checker raises.
class ArgumentPattern {
 public:
  // INVALID_ARGUMENT: the pattern, made of the argument `name`, is too large to be compiled.
  static absl::StatusOr<ArgumentPattern> Create(const Arguments& arguments, std::string_view name,
                                                std::u32string_view pattern,
                                                const regex::RegexOptions& options = {});

  absl::StatusOr<bool> Search(regex::RegexSubject& subject) const;
  absl::StatusOr<size_t> Count(regex::RegexSubject& subject) const;
  // re.findall(): the matches. UNIMPLEMENTED: the pattern has groups, whose texts Python would give
  // instead.
  absl::StatusOr<std::vector<regex::RegexSpan>> FindAll(regex::RegexSubject& subject) const;
  // The number of pieces that re.split() makes of the text, less one: each match adds a piece, and
  // so does each group of the pattern.
  absl::StatusOr<size_t> CountSplits(regex::RegexSubject& subject) const;

 private:
  explicit ArgumentPattern(absl::StatusOr<regex::PythonRegex> regex) : regex_(std::move(regex)) {}

  absl::StatusOr<regex::PythonRegex> regex_;
};

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_CHECKER_BUILDER_H_
