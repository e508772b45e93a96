// The version and commit of this build.
#ifndef HIR_METRICS_BUILD_INFO_H_
#define HIR_METRICS_BUILD_INFO_H_

#include "prometheus/registry.h"

namespace hir {

// Adds hir_build_info{version, commit} = 1. Call once per registry.
void AddBuildInfo(prometheus::Registry& registry);

// Version of this build, e.g. "0.1.0".
const char* BuildVersion();

}  // namespace hir

#endif  // HIR_METRICS_BUILD_INFO_H_
