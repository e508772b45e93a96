# hir_rust_library(LIBRARY tokenizer CRATE hir_tokenizer): links the crate rust/hir_tokenizer, built by
# cargo, into the target hir_tokenizer, and gives its sources the crate's C header. Cargo's build folder is beside the
# other dependencies, so that all build types of this tree share one compilation. A program may link several such
# crates: the standard library's objects are the same in all of them, and the linker takes each symbol from the first
# archive that has it.
find_program(HIR_CARGO cargo HINTS $ENV{HOME}/.cargo/bin)
if(NOT HIR_CARGO)
  message(FATAL_ERROR "cargo is missing; on Debian 12: apt-get install cargo-web rustc-web")
endif()
# The compiler that came with that cargo: a machine may have Debian's and rustup's side by side, and
# rustup's, called by another cargo, obeys the toolchain files that some crates carry.
get_filename_component(HIR_CARGO_DIR ${HIR_CARGO} DIRECTORY)
find_program(HIR_RUSTC rustc PATHS ${HIR_CARGO_DIR} NO_DEFAULT_PATH REQUIRED)

function(hir_rust_library)
  cmake_parse_arguments(ARG "" "LIBRARY;CRATE" "" ${ARGN})
  set(source ${CMAKE_SOURCE_DIR}/rust/${ARG_CRATE})
  set(archive ${CMAKE_CURRENT_BINARY_DIR}/lib${ARG_CRATE}_rust.a)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${source}/src/*.rs)
  add_custom_command(
    OUTPUT ${archive}
    COMMAND ${CMAKE_COMMAND} -E env RUSTC=${HIR_RUSTC} ${HIR_CARGO} build --quiet --release --locked --manifest-path ${source}/Cargo.toml
            --target-dir ${HIR_DEPS_DIR}/cargo-target
    COMMAND ${CMAKE_COMMAND} -E copy ${HIR_DEPS_DIR}/cargo-target/release/lib${ARG_CRATE}.a ${archive}
    DEPENDS ${source}/Cargo.toml ${source}/Cargo.lock ${files}
    COMMENT "Building the Rust crate ${ARG_CRATE}"
    VERBATIM)
  add_custom_target(${ARG_CRATE}_crate DEPENDS ${archive})
  add_dependencies(hir_${ARG_LIBRARY} ${ARG_CRATE}_crate)
  target_include_directories(hir_${ARG_LIBRARY} PRIVATE ${source}/include)
  target_link_libraries(hir_${ARG_LIBRARY} PUBLIC ${archive} Threads::Threads ${CMAKE_DL_LIBS} m)
endfunction()
