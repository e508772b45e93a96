// How long replay keeps a run's responses.
#ifndef HIR_CONFIG_RETENTION_H_
#define HIR_CONFIG_RETENTION_H_

#include <cstdint>

namespace hir {

// The responses of the newest so many steps stay for readers (ReadStep), whatever checkpoints
// cover; those of earlier steps stay until a kept checkpoint covers them.
inline constexpr int64_t kStepsKeptForReaders = 16;

}  // namespace hir

#endif  // HIR_CONFIG_RETENTION_H_
