#!/usr/bin/env bash
# Fuzzes every target of tests/fuzz for SECONDS each, as many at a time as there are cores, with
# AddressSanitizer and UndefinedBehaviorSanitizer (preset asan-ubsan). New inputs are kept in build/fuzz/corpus, those that
# fail in build/fuzz/found.
#
#   tools/fuzz.sh [SECONDS [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
tools/setup_clang.sh
test -f build/asan-ubsan/build.ninja || cmake --preset asan-ubsan >/dev/null
ninja -C build/asan-ubsan -j "$(nproc)" fuzz_targets
targets=("$@")
((${#targets[@]})) || targets=($(ls tests/fuzz/corpus))

fuzz() {
  local target=$1 log=build/fuzz/$1.log
  mkdir -p "build/fuzz/corpus/$target" build/fuzz/found
  if "build/asan-ubsan/bin/fuzz_$target" -max_total_time="$2" -timeout=20 -rss_limit_mb=4096 -max_len=8192 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/found/$target-" \
    "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
    printf '[fuzz] %-14s %9d inputs, nothing found\n' "$target" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  else
    printf '[fuzz] %-14s FAILED; see %s and build/fuzz/found\n' "$target" "$log"
    return 1
  fi
}
export -f fuzz
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'fuzz {} '"$seconds"
