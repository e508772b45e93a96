#include "hir/metrics/build_info.h"

#include "hir/metrics/commit.h"
#include "prometheus/gauge.h"

namespace hir {

void AddBuildInfo(prometheus::Registry& registry) {
  prometheus::BuildGauge()
      .Name("hir_build_info")
      .Help("Always 1; the labels name the build.")
      .Register(registry)
      .Add({{"version", HIR_VERSION}, {"commit", kCommit}})
      .Set(1);
}

const char* BuildVersion() { return HIR_VERSION; }

}  // namespace hir
