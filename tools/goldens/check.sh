#!/usr/bin/env bash
# Holds the golden cases of the objective against verl and TRL, which are installed into .deps/goldens the first time.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/setup_test.sh
venv=.deps/goldens
if ! cmp -s tools/goldens/requirements.txt "$venv/requirements.installed"; then
  echo "[setup] installing verl and TRL into $venv"
  /usr/bin/python3 -m venv --clear "$venv"
  realpath .deps/venv/lib/python3.*/site-packages >"$(echo "$venv"/lib/python3.*/site-packages)/shared.pth"
  "$venv/bin/pip" install -q --no-deps -r tools/goldens/requirements.txt
  cp tools/goldens/requirements.txt "$venv/requirements.installed"
fi
TORCH_USE_RTLD_GLOBAL=1 LD_LIBRARY_PATH=.deps/cuda_stand_ins HF_HUB_OFFLINE=1 \
  "$venv/bin/python" tools/goldens/check_peers.py
