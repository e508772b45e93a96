// One demand on a response and how it is checked.
#ifndef HIR_DOMAIN_CONSTRAINT_H_
#define HIR_DOMAIN_CONSTRAINT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace hir {

// One constraint of an instruction.
struct Constraint {
  std::string kind;          // Checker id, e.g. "keywords:existence".
  nlohmann::json arguments;  // JSON object of the checker's arguments; null = none.
  std::string text;  // The demand in words; empty when the source states it only in the prompt.
  // Indices of the constraints of its instruction that this one refers to ("that word"): a
  // rewritten instruction keeps it only with all of them.
  std::vector<size_t> depends_on = {};
};

}  // namespace hir

#endif  // HIR_DOMAIN_CONSTRAINT_H_
