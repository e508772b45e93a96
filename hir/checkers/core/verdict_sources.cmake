# Writes OUTPUT, a header with one digest over the contents of SOURCES. Their names and places are no
# part of it: a file that is moved as it is changes nothing.
foreach(source ${SOURCES})
  file(SHA256 ${source} digest)
  list(APPEND digests ${digest})
endforeach()
list(SORT digests)
string(SHA256 digest "${digests}")
file(WRITE ${OUTPUT} "// Made by hir/checkers/core/verdict_sources.cmake.
#ifndef HIR_CHECKERS_CORE_VERDICT_SOURCES_H_
#define HIR_CHECKERS_CORE_VERDICT_SOURCES_H_

namespace hir {

inline constexpr char kVerdictSources[] = \"${digest}\";

}  // namespace hir

#endif  // HIR_CHECKERS_CORE_VERDICT_SOURCES_H_
")
