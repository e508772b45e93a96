// Names one response of a run.
#ifndef HIR_DOMAIN_SAMPLE_ID_H_
#define HIR_DOMAIN_SAMPLE_ID_H_

#include <compare>
#include <cstdint>
#include <string>

namespace hir {

// Ordered by (task, sample). The run is named separately, since a response never leaves its run.
struct SampleId {
  uint64_t task = 0;    // Number of the task in the run, from 0.
  uint32_t sample = 0;  // In [0, responses of the task).

  auto operator<=>(const SampleId&) const = default;
};

// "sample TASK/SAMPLE", for messages.
std::string NameOf(const SampleId& id);

}  // namespace hir

#endif  // HIR_DOMAIN_SAMPLE_ID_H_
