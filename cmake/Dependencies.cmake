# Every third-party dependency, each under one target name. Debian packages are found in the
# system; the rest is in HIR_DEPS_DIR, where tools/setup.sh puts pinned versions.
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
# Asio and Beast: headers only, in the system's folder. Boost's target would add a definition to every command line.
find_package(Boost 1.74 REQUIRED)
find_package(rapidcheck CONFIG REQUIRED)
find_package(benchmark REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(ZLIB REQUIRED)
# gRPC's package names re2::re2, which Debian ships without a CMake file.
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET GLOBAL re2)
add_library(re2::re2 ALIAS PkgConfig::re2)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET GLOBAL libpcre2-32)
add_library(pcre2::pcre2 ALIAS PkgConfig::pcre2)
find_package(gRPC CONFIG REQUIRED)

if(NOT EXISTS ${HIR_DEPS_DIR}/venv OR NOT EXISTS ${HIR_DEPS_DIR}/hiredis OR NOT EXISTS ${HIR_DEPS_DIR}/uplot)
  message(FATAL_ERROR "${HIR_DEPS_DIR} is incomplete; run tools/setup.sh first (make does it for you).")
endif()

# --- LibTorch: the PyPI wheel; its CUDA half only with HIR_CUDA ------------------------------
set(HIR_SITE ${HIR_DEPS_DIR}/venv/lib/python3.11/site-packages)
set(HIR_TORCH ${HIR_SITE}/torch)
add_library(hir_torch INTERFACE)
add_library(hir::torch ALIAS hir_torch)
# After every other include folder, since the wheel contains old protobuf headers.
target_compile_options(hir_torch INTERFACE
  "SHELL:-idirafter ${HIR_TORCH}/include" "SHELL:-idirafter ${HIR_TORCH}/include/torch/csrc/api/include")
target_compile_definitions(hir_torch INTERFACE USE_C10D_GLOO)
# gRPC's users get -pthread from re2; the precompiled header needs the same flags in every file.
target_compile_options(hir_torch INTERFACE -pthread)
target_link_libraries(hir_torch INTERFACE ${HIR_TORCH}/lib/libtorch_cpu.so ${HIR_TORCH}/lib/libc10.so)
# Programs find Torch by CMake's own rpath, which installing replaces, and Torch finds CUDA's libraries by its own.
target_link_options(hir_torch INTERFACE -Wl,-rpath-link,${HIR_SITE}/nvidia/cu13/lib)
if(HIR_CUDA)
  include(Cuda)
endif()

# --- hiredis, from the C sources of its PyPI source package -----------------------------------
set(HIREDIS ${HIR_DEPS_DIR}/hiredis)
add_library(hiredis STATIC ${HIREDIS}/alloc.c ${HIREDIS}/async.c ${HIREDIS}/hiredis.c ${HIREDIS}/net.c ${HIREDIS}/read.c
  ${HIREDIS}/sds.c ${HIREDIS}/sockcompat.c ${HIREDIS}/ssl.c)
target_include_directories(hiredis SYSTEM PUBLIC ${HIREDIS}/..)
target_include_directories(hiredis PRIVATE ${HIREDIS})
target_compile_options(hiredis PRIVATE -w)
target_link_libraries(hiredis PUBLIC OpenSSL::SSL OpenSSL::Crypto)
