# `make package`: a .deb per program, one of the Torch libraries that three of them share, and a tarball that runs
# wherever it is unpacked. A program finds its libraries in ../lib/hir beside its folder.
set(HIR_PROGRAMS hir hir-learner hir-replay hir-rollout hir-verifier)
set(HIR_TORCH_PROGRAMS hir-learner hir-rollout)

# One file, with the only name that Debian's slim images keep.
set(notices ${CMAKE_BINARY_DIR}/debian)
file(READ LICENSE licence)
file(READ docs/third_party.md third_party)
file(READ ${HIR_DEPS_DIR}/uplot/LICENSE uplot_licence)
file(CONFIGURE OUTPUT ${notices}/copyright @ONLY
  CONTENT "${licence}\n${third_party}\n## Licence of uPlot\n\n${uplot_licence}")

foreach(program ${HIR_PROGRAMS})
  # DT_RPATH instead of DT_RUNPATH, since it also applies to the libraries of a library.
  set_target_properties(${program} PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/hir")
  target_link_options(${program} PRIVATE -Wl,--disable-new-dtags)
  install(TARGETS ${program} RUNTIME_DEPENDENCY_SET hir_libraries DESTINATION bin COMPONENT ${program})
  install(FILES ${notices}/copyright DESTINATION share/doc/${program} COMPONENT ${program})
endforeach()

install(FILES ${HIR_TORCH}/lib/libtorch_cpu.so ${HIR_TORCH}/lib/libc10.so ${HIR_TORCH}/lib/libgomp.so.1
  ${HIR_SITE}/nvidia/cu13/lib/libcudart.so.13 ${HIR_SITE}/nvidia/cu13/lib/libcupti.so.13
  DESTINATION lib/hir COMPONENT hir-torch)
file(GLOB torch_notices ${HIR_SITE}/torch-*.dist-info/licenses)
install(FILES ${torch_notices}/LICENSE DESTINATION share/doc/hir-torch RENAME copyright COMPONENT hir-torch)
install(FILES ${torch_notices}/NOTICE DESTINATION share/doc/hir-torch COMPONENT hir-torch)
if(HIR_CUDA)
  # NVIDIA's wheels beside Torch, if any: the image's build installs them, `make cuda` does not.
  file(GLOB cuda_libraries ${HIR_TORCH}/lib/libtorch_cuda*.so ${HIR_TORCH}/lib/libtorch_nvshmem.so
    ${HIR_TORCH}/lib/libc10_cuda.so ${HIR_CUDA_DIR}/nccl/lib/libnccl.so.2 ${HIR_SITE}/nvidia/*/lib/*.so*)
  install(FILES ${cuda_libraries} DESTINATION lib/hir COMPONENT hir-torch)
endif()
install(DIRECTORY configs data DESTINATION share/hir COMPONENT hir)
foreach(service learner replay rollout verifier)
  install(FILES deploy/systemd/hir-${service}.service DESTINATION lib/systemd/system COMPONENT hir-${service})
  install(FILES deploy/systemd/hir-${service}.default DESTINATION /etc/default RENAME hir-${service}
    COMPONENT hir-${service})
  # An upgrade keeps the administrator's changes there.
  file(WRITE ${CMAKE_BINARY_DIR}/debian/hir-${service}/conffiles "/etc/default/hir-${service}\n")
  string(TOUPPER ${service} name)
  set(CPACK_DEBIAN_HIR-${name}_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/debian/hir-${service}/conffiles)
endforeach()

# The tarball includes the distribution's libraries, except glibc.
install(RUNTIME_DEPENDENCY_SET hir_libraries COMPONENT libraries DESTINATION lib/hir
  PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|resolv)\\.so" "^lib(torch_cpu|c10|gomp|cudart|cupti)\\.so"
  POST_EXCLUDE_REGEXES "^/lib64/"
  DIRECTORIES ${HIR_TORCH}/lib)

set(CPACK_PACKAGE_NAME hir)
set(CPACK_PACKAGE_CONTACT "The HiR developers <hir@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Post-trains language models to follow instructions")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGE_FILE_NAME hir-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_SOURCE_DIR}/cmake/CPackOptions.cmake)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${HIR_TORCH}/lib ${HIR_SITE}/nvidia/cu13/lib)
foreach(program ${HIR_PROGRAMS} hir-torch)
  string(TOUPPER ${program} component)
  set(CPACK_DEBIAN_${component}_PACKAGE_NAME ${program})
endforeach()
foreach(program ${HIR_TORCH_PROGRAMS})
  string(TOUPPER ${program} component)
  set(CPACK_DEBIAN_${component}_PACKAGE_DEPENDS "hir-torch (= ${PROJECT_VERSION})")
endforeach()
set(CPACK_DEBIAN_HIR_PACKAGE_RECOMMENDS "hir-replay, hir-verifier, hir-rollout, hir-learner, redis-server")
set(CPACK_DEBIAN_HIR-REPLAY_PACKAGE_SUGGESTS "redis-server")
set(CPACK_DEBIAN_HIR-VERIFIER_PACKAGE_SUGGESTS "bubblewrap, python3")
include(CPack)
