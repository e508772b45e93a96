// Where the entropy of a response comes from. Not every engine returns the distribution that a
// token was drawn from, so a run's configuration (hindsight.entropy_source) and each response name
// the source.
#ifndef HIR_DOMAIN_ENTROPY_SOURCE_H_
#define HIR_DOMAIN_ENTROPY_SOURCE_H_

#include "hir/base/enum_words.h"

namespace hir {

enum class EntropySource {
  kExact,    // Computed from the full softmax of every token.
  kSampled,  // Estimated from the probabilities of the drawn tokens: UseSampledEntropy().
};

template <>
inline constexpr auto kEnumWords<EntropySource> = std::to_array<EnumWord<EntropySource>>(
    {{EntropySource::kExact, "exact"}, {EntropySource::kSampled, "sampled"}});

}  // namespace hir

#endif  // HIR_DOMAIN_ENTROPY_SOURCE_H_
