#!/usr/bin/env bash
# Has Clang read every C++ source, or those named, with -Wthread-safety and all other warnings as errors. Nothing is
# compiled: objects are empty files (cmake/clang_reads.sh), by which Ninja knows what has not changed since.
#
#   tools/clang.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup_clang.sh
test -f build/clang/build.ninja || cmake --preset clang >/dev/null
ninja -C build/clang build.ninja >/dev/null  # Sources that are new are in the list of commands then.
objects() { sed -n "s|.* -o \([^ ]*\) -c $PWD/$1\".*|\1|p" build/clang/compile_commands.json; }
if (($#)); then
  for file in "$@"; do objects "$file"; done
else
  objects '[^ ]*[.]cc'
fi | xargs -r ninja -C build/clang -j "$(nproc)" -k 0
