// JSON Schema, the part of it that says what one document looks like.
//
// Source: JSON Schema 2020-12, "Validation" and the applicators of "Core". Taken: type, enum,
// const; multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum; minLength, maxLength,
// pattern; items, prefixItems, minItems, maxItems, uniqueItems; properties, required,
// additionalProperties, minProperties, maxProperties; allOf, anyOf, oneOf, not; true and false.
// Annotations (title, description, default, examples, $schema, $comment) are passed over.
// Everything else, references among it, is refused: a keyword that is not checked would be a false
// pass.
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
  // not nested so deeply that recursion could not take it.
  static absl::StatusOr<JsonSchema> Compile(const nlohmann::json& schema);

  // Whether `value` is valid. Lengths are code points; numbers are compared as doubles; patterns
  // are Python's. What it takes is charged to `budget`; the answer means nothing once that is
  // exhausted. REQUIRES: `value` is not nested deeper than recursion can take.
  bool Accepts(const nlohmann::json& value, WorkBudget& budget) const;

  struct Node;

 private:
  explicit JsonSchema(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

  std::shared_ptr<const Node> root_;
};

}  // namespace hir::user

#endif  // HIR_CHECKERS_USER_JSON_SCHEMA_H_
