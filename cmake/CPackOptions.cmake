# One tarball holds everything, libraries included; packages leave libraries to the distribution.
if(CPACK_GENERATOR STREQUAL "DEB")
  set(CPACK_COMPONENTS_ALL hir hir-learner hir-replay hir-rollout hir-verifier hir-torch)
else()
  set(CPACK_ARCHIVE_COMPONENT_INSTALL OFF)
endif()
