#include "hir/collective/process_group_cases.h"

namespace hir {
namespace {

INSTANTIATE_TEST_SUITE_P(Ways, ProcessGroupTest,
                         testing::Values(WayOfJoining{"Gloo", JoinGlooGroup, at::kCPU, 0}), NameOf);

}  // namespace
}  // namespace hir
