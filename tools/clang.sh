#!/usr/bin/env bash
# Has Clang read every C++ source, or those named, with -Wthread-safety and all other warnings as errors. Sources of the
# tests without Torch are compiled under the sanitizers (make sanitize) with these warnings; the rest is read: objects are
# empty files (cmake/clang_reads.sh), by which Ninja knows what has not changed since.
#
#   tools/clang.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup_clang.sh
test -f build/clang/build.ninja || cmake --preset clang >/dev/null
ninja -C build/clang build.ninja >/dev/null  # Sources that are new are in the list of commands then.
objects() { sed -n "s|.* -o \([^ ]*\) -c $PWD/$1\".*|\1|p" build/clang/compile_commands.json; }
compiled() {
  test -f build/asan-ubsan/build.ninja || cmake --preset asan-ubsan >/dev/null
  ninja -C build/asan-ubsan -j "$(nproc)" tests_without_torch >&2
  ninja -C build/asan-ubsan -t inputs tests_without_torch | sed -n "s|^$PWD/\(.*[.]cc\)$|\1|p"
}
if (($#)); then
  for file in "$@"; do objects "$file"; done
else
  objects '[^ ]*[.]cc' | grep -v '^proto/' | grep -vxF "$(compiled | while read -r file; do objects "$file"; done)"
fi | xargs -r ninja -C build/clang -j "$(nproc)" -k 0
