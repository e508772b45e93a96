// The two status macros of the project; there are no others.
#ifndef HIR_BASE_STATUS_MACROS_H_
#define HIR_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define HIR_MACRO_CONCAT_INNER_(x, y) x##y
#define HIR_MACRO_CONCAT_(x, y) HIR_MACRO_CONCAT_INNER_(x, y)

// Returns from the enclosing function when `expr` (an absl::Status) is not OK.
#define HIR_RETURN_IF_ERROR(expr)                               \
  do {                                                          \
    if (absl::Status hir_status_ = (expr); !hir_status_.ok()) { \
      return hir_status_;                                       \
    }                                                           \
  } while (false)

// `lhs` = value of `expr` (an absl::StatusOr<T>), or returns its error. `lhs` may declare a
// variable. Expands to several statements: never the body of an `if` without braces.
#define HIR_ASSIGN_OR_RETURN(lhs, expr) \
  HIR_ASSIGN_OR_RETURN_IMPL_(HIR_MACRO_CONCAT_(hir_statusor_, __LINE__), lhs, expr)
#define HIR_ASSIGN_OR_RETURN_IMPL_(statusor, lhs, expr)    \
  auto statusor = (expr);                                  \
  if (!statusor.ok()) return std::move(statusor).status(); \
  lhs = *std::move(statusor)

#endif  // HIR_BASE_STATUS_MACROS_H_
