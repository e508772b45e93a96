// What a response that is replayed in hindsight is trained as.
#ifndef HIR_DOMAIN_REPLAYED_AS_H_
#define HIR_DOMAIN_REPLAYED_AS_H_

#include <cstddef>
#include <string>
#include <vector>

namespace hir {

struct ReplayedAs {
  double score = 0;  // What selection ranked by, and its parts.
  double diversity_nats = 0;
  double integrity = 0;
  std::vector<size_t> kept;  // Indices of the constraints that were met, rising; and of the others.
  std::vector<size_t> dropped;
  std::string rewritten_instruction;
};

}  // namespace hir

#endif  // HIR_DOMAIN_REPLAYED_AS_H_
