# A script has no policies but those it asks for.
cmake_minimum_required(VERSION 3.25)

# Writes OUTPUT, a header that names the commit of SOURCE_DIR; leaves it alone when it does already,
# so that nothing is built anew for nothing.
set(commit unknown)
execute_process(COMMAND git rev-parse --short HEAD WORKING_DIRECTORY ${SOURCE_DIR}
  OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed EQUAL 0)
  set(commit ${found})
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT "// Made by hir/metrics/commit.cmake.
#ifndef HIR_METRICS_COMMIT_H_
#define HIR_METRICS_COMMIT_H_

namespace hir {

inline constexpr char kCommit[] = \"@commit@\";

}  // namespace hir

#endif  // HIR_METRICS_COMMIT_H_
")
