# One target per folder: hir_library(tokenizer ...) in hir/tokenizer makes hir::tokenizer.

add_library(hir_options INTERFACE)
target_compile_options(hir_options INTERFACE -Wall -Wextra -Werror -Wno-unused-parameter
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(hir_options INTERFACE -Wthread-safety -Werror=thread-safety)
endif()
target_include_directories(hir_options INTERFACE ${CMAKE_SOURCE_DIR})

# Torch's umbrella header takes most of a minute; it is compiled once and reused by every target
# that says TORCH.
add_library(hir_torch_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/torch_pch.cc)
target_link_libraries(hir_torch_pch PUBLIC hir_options hir::torch)
target_precompile_headers(hir_torch_pch PRIVATE <torch/torch.h>)

function(hir_use_torch target)
  target_link_libraries(${target} PUBLIC hir::torch)
  target_precompile_headers(${target} REUSE_FROM hir_torch_pch)
  # The header is compiled with -fPIC; programs would use it with -fPIE, which GCC refuses.
  target_compile_options(${target} PRIVATE -fPIC)
endfunction()

# Every program of the tsan preset has the locks of absl seen by ThreadSanitizer.
if(HIR_SANITIZE MATCHES "thread")
  add_library(hir_sanitizer OBJECT ${CMAKE_SOURCE_DIR}/cmake/tsan_absl.cc)
  target_link_libraries(hir_sanitizer PRIVATE absl::synchronization ${CMAKE_DL_LIBS})
else()
  add_library(hir_sanitizer INTERFACE)
endif()

# hir_library(NAME [TORCH] SRCS ... DEPS ...)
function(hir_library name)
  cmake_parse_arguments(ARG "TORCH" "" "SRCS;DEPS" ${ARGN})
  add_library(hir_${name} STATIC ${ARG_SRCS})
  add_library(hir::${name} ALIAS hir_${name})
  target_link_libraries(hir_${name} PUBLIC hir_options ${ARG_DEPS})
  if(ARG_TORCH)
    hir_use_torch(hir_${name})
  endif()
endfunction()

# hir_binary(NAME [TORCH] SRCS ... DEPS ...): an executable bin/NAME.
function(hir_binary name)
  cmake_parse_arguments(ARG "TORCH" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE hir_options hir_sanitizer ${ARG_DEPS})
  if(ARG_TORCH)
    hir_use_torch(${name})
  endif()
endfunction()

# hir_test(NAME [TORCH] SRCS ... DEPS ... [LABELS ...] [TIMEOUT s]): a GoogleTest program.
# Tests find their committed files under HIR_SOURCE_DIR and the programs under HIR_BIN_DIR.
function(hir_test name)
  cmake_parse_arguments(ARG "TORCH" "TIMEOUT" "SRCS;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE hir_options hir_sanitizer ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE HIR_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    HIR_BIN_DIR="${CMAKE_BINARY_DIR}/bin" HIR_DEPS_DIR="${HIR_DEPS_DIR}")
  if(ARG_TORCH)
    hir_use_torch(${name})
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
    SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\].*\n.*PASSED.*0 tests")
endfunction()
