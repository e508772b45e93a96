# One target per folder: hir_library(tokenizer ...) in hir/tokenizer makes hir::tokenizer.

add_library(hir_options INTERFACE)
target_compile_options(hir_options INTERFACE -Wall -Wextra -Werror -Wno-unused-parameter
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(hir_options INTERFACE -Wthread-safety -Werror=thread-safety)
endif()
target_include_directories(hir_options INTERFACE ${CMAKE_SOURCE_DIR})

# Torch's umbrella header takes most of a minute; it is compiled once and reused by every target with TORCH.
add_library(hir_torch_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/torch_pch.cc)
target_link_libraries(hir_torch_pch PUBLIC hir_options hir::torch)
target_precompile_headers(hir_torch_pch PRIVATE <torch/torch.h>)

# Sets the property HIR_TORCH of a target that one of `deps`, which are defined already, brings Torch to.
function(hir_inherit_torch target)
  foreach(dep ${ARGN})
    if(TARGET ${dep})
      get_target_property(torch ${dep} HIR_TORCH)
      if(torch)
        set_target_properties(${target} PROPERTIES HIR_TORCH ON)
      endif()
    endif()
  endforeach()
endfunction()

function(hir_use_torch target)
  set_target_properties(${target} PROPERTIES HIR_TORCH ON)
  target_link_libraries(${target} PUBLIC hir::torch)
  target_precompile_headers(${target} REUSE_FROM hir_torch_pch)
  # The header is compiled with -fPIC; programs would use it with -fPIE, which GCC refuses.
  target_compile_options(${target} PRIVATE -fPIC)
endfunction()

# In the tsan preset, every program makes absl's locks visible to ThreadSanitizer.
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
  hir_inherit_torch(hir_${name} ${ARG_DEPS})
  if(ARG_TORCH)
    hir_use_torch(hir_${name})
  endif()
endfunction()

# hir_compile_at_once(NAME): all files of hir::NAME in one compilation, where GCC takes most of the time for Torch's
# headers, precompiled or not. Clang does not, and what reads its compile commands wants those of each file.
function(hir_compile_at_once name)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set_target_properties(hir_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
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

# What the sanitizers run in CI: the tests of programs without Torch, label "no-torch".
add_custom_target(tests_without_torch)

# hir_test(NAME [TORCH] [STARTS_TORCH] [LONG_LOOPS] SRCS ... DEPS ... [LABELS ...] [TIMEOUT s]): a GoogleTest program;
# STARTS_TORCH: it starts a program with Torch; LONG_LOOPS: it spends most of its time in its own code. Sanitizers have
# four times the time.
# Tests find their committed files under HIR_SOURCE_DIR and the programs under HIR_BIN_DIR.
function(hir_test name)
  cmake_parse_arguments(ARG "TORCH;STARTS_TORCH;LONG_LOOPS" "TIMEOUT" "SRCS;DEPS;LABELS" ${ARGN})
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
  if(HIR_SANITIZE)
    math(EXPR ARG_TIMEOUT "4 * ${ARG_TIMEOUT}")
  endif()
  hir_inherit_torch(${name} ${ARG_DEPS})
  get_target_property(torch ${name} HIR_TORCH)
  if(NOT torch AND NOT ARG_STARTS_TORCH)
    list(APPEND ARG_LABELS no-torch)
    add_dependencies(tests_without_torch ${name})
    if(HIR_SANITIZE AND NOT ARG_LONG_LOOPS)
      # Instrumented and optimised, a test takes twice as long to compile.
      target_compile_options(${name} PRIVATE -O0)
    endif()
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
    SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\].*\n.*PASSED.*0 tests")
endfunction()
