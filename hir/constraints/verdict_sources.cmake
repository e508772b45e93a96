# Writes OUTPUT, a header with one digest over SOURCES.
foreach(source ${SOURCES})
  file(SHA256 ${source} digest)
  string(APPEND digests ${digest})
endforeach()
string(SHA256 digest "${digests}")
file(WRITE ${OUTPUT} "// Made by hir/constraints/verdict_sources.cmake.
#ifndef HIR_CONSTRAINTS_VERDICT_SOURCES_H_
#define HIR_CONSTRAINTS_VERDICT_SOURCES_H_

namespace hir {

inline constexpr char kVerdictSources[] = \"${digest}\";

}  // namespace hir

#endif  // HIR_CONSTRAINTS_VERDICT_SOURCES_H_
")
