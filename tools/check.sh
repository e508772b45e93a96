#!/usr/bin/env bash
# What a change needs before others see it, in about a minute: format, Clang, clang-tidy and tests of what differs from
# BASE, committed or not. Without BASE: from where this branch left origin/main, or main. A changed header is read with
# the source of its name; of a folder its own C++ tests are run, those of whole rings excepted. `make test` has all.
#
#   tools/check.sh [BASE]
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup_clang.sh

base=${1:-}
for main in origin/main main; do
  [[ -n $base ]] || base=$(git merge-base HEAD "$main" 2>/dev/null) || true
done
git rev-parse -q --verify "$base^{commit}" >/dev/null ||
  { echo "check: '$base' is not a commit; say what to compare with, as in 'make check BASE=HEAD~1'." >&2; exit 1; }

mapfile -t changed < <({ git diff --name-only --diff-filter=d "$base"; git ls-files --others --exclude-standard; } | sort -u)
echo "[check] ${#changed[@]} files differ from $(git rev-parse --short "$base")"
((${#changed[@]})) || exit 0

cxx=() sources=() folders=()
for file in "${changed[@]}"; do
  folder=$(dirname "$file")
  until [[ -f $folder/CMakeLists.txt || $folder == . ]]; do folder=$(dirname "$folder"); done
  folders+=("$folder")
  [[ $file == *.cc || $file == *.h ]] || continue
  cxx+=("$file")
  [[ -f ${file%.*}.cc ]] && sources+=("${file%.*}.cc")
done

if ((${#cxx[@]})); then
  echo "[check] format of ${#cxx[@]} files"
  tools/format.sh --check "${cxx[@]}"
fi

if ((${#sources[@]})); then
  mapfile -t sources < <(printf '%s\n' "${sources[@]}" | sort -u)
  echo "[check] Clang and clang-tidy on ${#sources[@]} sources"
  tools/clang.sh "${sources[@]}"
  # Of these, the ones that this build compiles: a source for GPUs is not.
  sed -n "s|^  \"file\": \"$PWD/\(.*\)\"|\1|p" build/clang/compile_commands.json | sort -u |
    comm -12 - <(printf '%s\n' "${sources[@]}") |
    xargs -r -P "$(nproc)" -n 1 clang-tidy-14 --quiet -p build/clang
fi

test -f build/release/build.ninja || cmake --preset release >/dev/null
mapfile -t rings < <(ctest --test-dir build/release -N -L 'ring|fault' | sed -n 's/^ *Test *#[0-9]*: //p')
mapfile -t tests < <(for folder in $(printf '%s\n' "${folders[@]}" | sort -u); do
  sed -n 's/^hir_test(\([a-z0-9_]*\).*/\1/p' "$folder/CMakeLists.txt"
done | grep -vxF "$(printf '%s\n' "${rings[@]}")")
if ((${#tests[@]})); then
  echo "[check] ${tests[*]}"
  ninja -C build/release -j "$(nproc)" "${tests[@]}"
  ctest --test-dir build/release --output-on-failure -R "^($(IFS='|'; echo "${tests[*]}"))$"
fi
echo "[check] passed in $SECONDS s"
