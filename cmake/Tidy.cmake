# `ninja tidy` reads the sources with clang-tidy and the checks of .clang-tidy. Only generated headers are
# made before; the tidy preset has no precompiled ones, which Clang could not read.
file(GLOB protos CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/proto ${CMAKE_SOURCE_DIR}/proto/hir/*/v1/*.proto)
list(TRANSFORM protos REPLACE "(.*)\\.proto" "${CMAKE_BINARY_DIR}/proto/\\1.pb.h" OUTPUT_VARIABLE headers)
add_custom_target(tidy
  COMMAND run-clang-tidy -quiet -p ${CMAKE_BINARY_DIR} "^${CMAKE_SOURCE_DIR}/(hir|services|cli|tests|bench)/.*[.]cc$"
  DEPENDS ${headers} ${CMAKE_BINARY_DIR}/generated/hir/constraints/verdict_sources.h
  USES_TERMINAL VERBATIM)
add_dependencies(tidy hir_commit)
