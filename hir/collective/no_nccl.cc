#include "hir/collective/process_group.h"

namespace hir {

absl::StatusOr<std::unique_ptr<ProcessGroup>> JoinNcclGroup(const ProcessGroupOptions&) {
  return absl::UnimplementedError(
      "this build has no NCCL; configure with --preset cuda, or use the CPU");
}

}  // namespace hir
