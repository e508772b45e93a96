#!/usr/bin/env bash
# Gets what `cmake --preset cuda` needs besides tools/setup.sh: NCCL and the headers of the CUDA
# runtime, from pinned wheels, into .deps/cuda. Needs no GPU; skips what exists already.
set -euo pipefail
cd "$(dirname "$0")/.."
deps=$PWD/.deps
packages=(nvidia-nccl-cu13==2.28.9 nvidia-cuda-runtime==13.0.96 nvidia-cuda-crt==13.0.88
  nvidia-cuda-cccl==13.0.85)

[[ -x $deps/venv/bin/pip ]] || { echo "setup_cuda: run tools/setup.sh first" >&2; exit 1; }
stamp=$deps/cuda/packages.installed
if [[ "$(cat "$stamp" 2>/dev/null)" == "${packages[*]}" ]]; then exit 0; fi
rm -rf "$deps/cuda.tmp" "$deps/cuda"
"$deps/venv/bin/pip" install -q --no-deps --no-compile --target "$deps/cuda.tmp" "${packages[@]}"
printf '%s' "${packages[*]}" >"$deps/cuda.tmp/packages.installed"
mv "$deps/cuda.tmp" "$deps/cuda"
