#!/usr/bin/env bash
# `make vllm-test`: trains SmolLM2-135M-Instruct for 8 steps with a real vLLM server on this machine's CPU, then with HiR's
# own engine, and prints how far the learner's log-probabilities are from each. About a quarter of an hour.
# VLLM names the program of an installation to use instead of .deps/vllm's.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/build/release/bin
model=$PWD/.deps/models/SmolLM2-135M-Instruct
work=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
server=
stop() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

VLLM_SERVER_DEV_MODE=1 VLLM_CPU_KVCACHE_SPACE=2 HF_HUB_OFFLINE=1 "${VLLM:-.deps/vllm/bin/vllm}" serve "$model" --dtype bfloat16 \
  --host 127.0.0.1 --port "$port" --max-model-len 1024 --enforce-eager --served-model-name policy --enable-scale-out \
  --generation-config vllm >build/vllm_server.log 2>&1 &
server=$!
echo "vllm-test: waiting for the server (its log: build/vllm_server.log)"
until curl -sf "http://127.0.0.1:$port/health" >/dev/null; do
  kill -0 "$server" 2>/dev/null || { echo "vllm-test: the server ended; see build/vllm_server.log" >&2; exit 1; }
  sleep 1
done

train() { # NAME FLAGS...
  "$bin/hir" train configs/demo.yaml --set name="$1" --set output_dir="$work" --set learner.total_steps=8 \
    --set eval.every=0 --set hindsight.entropy_source=sampled "${@:2}"
}
train vllm --engine=vllm --engine-url="http://127.0.0.1:$port"
train local
python3 - "$work" <<'END'
import json
import statistics
import sys

name = "training/rollout_logprobs_abs_diff_mean"
for run in ("vllm", "local"):
    lines = [json.loads(line) for line in open(f"{sys.argv[1]}/{run}/metrics.jsonl")]
    assert len(lines) == 8, f"{run} trained {len(lines)} steps instead of 8"
    values = [line[name] for line in lines]
    print(f"{run}: {name} {statistics.mean(values):.4f} nats, at most {max(values):.4f}")
END
