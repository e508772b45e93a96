#!/usr/bin/env bash
# Formats the C++ files of the repository, or with --check says which are not formatted.
#
#   tools/format.sh [--check] [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup_clang.sh
check=
[[ ${1:-} == --check ]] && { check=1; shift; }
files=("$@")
((${#files[@]})) || mapfile -t files < <(git ls-files '*.cc' '*.h' '*.cu')
if [[ -z $check ]]; then
  printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 50 clang-format-14 -i
  exit
fi
said=$(printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 50 clang-format-14 --dry-run 2>&1) ||
  { echo "$said" >&2; exit 1; }
unformatted=$(sed -n 's/^\(.*\):[0-9]*:[0-9]*: warning: code should be clang-formatted.*/\1/p' <<<"$said" | sort -u)
if [[ -n $unformatted ]]; then
  echo "format: clang-format 14 lays out ${unformatted//$'\n'/, } otherwise; run 'make format'." >&2
  exit 1
fi
