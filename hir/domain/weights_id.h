// Names one set of weights.
#ifndef HIR_DOMAIN_WEIGHTS_ID_H_
#define HIR_DOMAIN_WEIGHTS_ID_H_

#include <cstdint>
#include <string>

namespace hir {

// Ordered by (incarnation, version) within a run.
struct WeightsId {
  uint64_t incarnation =
      0;                // Fencing counter of the learner that produced them; 0 before any learner.
  int64_t version = 0;  // Learner steps applied; 0 = the model folder as given.
  std::string digest;   // 32 raw bytes: SHA-256 of the served bytes. Empty = unknown.
  // Set where weights travel between programs. Empty inside the ledger of one run (hir/store),
  // where every call names the run, and in a worker that belongs to no run.
  std::string run;

  bool operator==(const WeightsId&) const = default;
};

// Whether `a` precedes `b`; ignores run and digest.
bool IsOlder(const WeightsId& a, const WeightsId& b);

// The first eight hexadecimal digits of a digest, for messages and logs.
std::string ShortDigest(const std::string& digest);

}  // namespace hir

#endif  // HIR_DOMAIN_WEIGHTS_ID_H_
