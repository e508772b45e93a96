// The part of JSON Schema that describes a single document.
//
// Source: JSON Schema 2020-12, "Validation" and the applicators of "Core". Taken: type, enum,
// const; multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum; minLength, maxLength,
// pattern; items, prefixItems, minItems, maxItems, uniqueItems; properties, required,
// additionalProperties, minProperties, maxProperties; allOf, anyOf, oneOf, not; true and false.
// Annotations (title, description, default, examples, $schema, $comment) are ignored.
// Everything else, references included, is refused: a keyword that is not checked could give a
// false pass.
#ifndef HIR_CHECKERS_USER_JSON_SCHEMA_H_
#define HIR_CHECKERS_USER_JSON_SCHEMA_H_

#include <memory>

#include "absl/status/statusor.h"
#include "hir/base/work_budget.h"
#include "nlohmann/json.hpp"

namespace hir::user {

// Immutable; thread-safe.
class JsonSchema {
 public:
  // INVALID_ARGUMENT names the place in the schema and what is wrong there. REQUIRES: `schema` is
  // not nested too deeply for recursion.
  static absl::StatusOr<JsonSchema> Compile(const nlohmann::json& schema);

  // Whether `value` is valid. Lengths are code points; numbers are compared as doubles; patterns
  // are Python's. The work is charged to `budget`; the answer is meaningless once that is
  // exhausted. REQUIRES: `value` is not nested too deeply for recursion.
  bool Accepts(const nlohmann::json& value, WorkBudget& budget) const;

  struct Node;

 private:
  explicit JsonSchema(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

  std::shared_ptr<const Node> root_;
};

}  // namespace hir::user

#endif  // HIR_CHECKERS_USER_JSON_SCHEMA_H_
