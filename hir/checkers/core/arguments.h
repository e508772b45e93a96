// A checker's arguments after the registry has matched them against the checker's declaration.
#ifndef HIR_CHECKERS_CORE_ARGUMENTS_H_
#define HIR_CHECKERS_CORE_ARGUMENTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "nlohmann/json.hpp"

namespace hir {

enum class ArgumentType {
  kInteger,      // A JSON integer, or a JSON number without a fraction (3.0); in [-2^53, 2^53].
  kNumber,       // Any JSON number.
  kString,       // A JSON string.
  kStringList,   // A JSON array of strings.
  kFirstString,  // A JSON string, or an array of strings that is not empty: its first one counts.
  kObject,       // A JSON object, nested at most kMaxNesting deep.
};

inline constexpr int kMaxNesting = 64;

struct ArgumentSpec {
  std::string name;
  ArgumentType type;
  bool required = true;
};

// `utf8` as a message quotes it: cut when long, and valid UTF-8 even if `utf8` is not.
std::string QuoteForMessage(std::string_view utf8);

// Immutable; thread-safe.
class Arguments {
 public:
  // Takes a JSON object (null counts as {}). A null member counts as absent.
  // INVALID_ARGUMENT: `object` is not an object, has a member that `specs` does not name or one of
  // another type, or lacks a required one; the message names `kind`, the member and its value.
  static absl::StatusOr<Arguments> Create(std::string_view kind,
                                          absl::Span<const ArgumentSpec> specs,
                                          const nlohmann::json& object);

  bool Has(std::string_view name) const;
  // REQUIRES of each: `name` was declared with that type (String(): or kFirstString), and
  // Has(name).
  int64_t Integer(std::string_view name) const;
  double Number(std::string_view name) const;
  std::u32string String(std::string_view name) const;
  std::vector<std::u32string> Strings(std::string_view name) const;
  const nlohmann::json& Object(std::string_view name) const;

  // INVALID_ARGUMENT "<kind>: argument "name" = value: <problem>", for rules a type can't state.
  absl::Status Error(std::string_view name, const std::string& problem) const;
  // OK when the integer `name` is at least `least`, else Error().
  absl::Status RequireAtLeast(std::string_view name, int64_t least) const;
  // OK when the integer `name` is not 0, which some official checkers take for "not given" and then
  // replace by a random number; else Error().
  absl::Status RequireNotZero(std::string_view name) const;
  absl::StatusOr<std::u32string> NotEmptyString(std::string_view name) const;

 private:
  Arguments(std::string_view kind, nlohmann::json object);
  const nlohmann::json& At(std::string_view name) const;

  std::string kind_;
  nlohmann::json object_;
};

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_ARGUMENTS_H_
