#!/usr/bin/env python3
"""Runs the benchmark suites, prints a table and writes a list of
{name, value, unit, peer, peer_value, ratio, command}; ratio > 1 means better than the peer.

  bench/run.py --suite all|rollout|train|memory|verifier [--bin build/release/bin] [--output build/bench.json]

A quoted peer figure says "quoted" in its name: it was measured on another day, on a machine of the
same kind, not beside ours.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

import verifier_suite

MODEL = ".deps/models/SmolLM2-135M-Instruct"

# TRL 1.16 GRPO, bf16, Transformers 5.17, two cores: 159-172 s a step; the better end is quoted.
TRL_STEP_SECONDS = 159.0
# llama.cpp, same model, bf16, 48 sequences, 64 decode steps after a shared 64-token prompt.
LLAMA_CPP_TOKENS_PER_SECOND = 401.0


def row(name, value, unit, command, peer=None, peer_value=None, smaller_is_better=False):
    ratio = None
    if peer_value is not None:
        ratio = peer_value / value if smaller_is_better else value / peer_value
    return dict(name=name, value=round(value, 3), unit=unit, peer=peer, peer_value=peer_value,
                ratio=ratio and round(ratio, 3), command=command)


def train(bin_dir, name, settings):
    """Trains a few steps with configs/demo.yaml changed by `settings`; returns the metrics of the
    steps after the first (which pays for warm-up) and the command line."""
    folder = tempfile.mkdtemp(prefix="hir-bench-")
    command = [os.path.join(bin_dir, "hir"), "train", "configs/demo.yaml"]
    for key, value in {"name": name, "output_dir": folder, "eval.every": 0, **settings}.items():
        command += ["--set", f"{key}={value}"]
    try:
        subprocess.run(command, check=True, stdout=sys.stderr)
        with open(os.path.join(folder, name, "metrics.jsonl")) as lines:
            metrics = [json.loads(line) for line in lines]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    shown = [part for part in command if folder not in part]
    return metrics[1:], " ".join(shown).replace(" --set --set", " --set")


def suite_train(bin_dir):
    demo, demo_command = train(bin_dir, "bench-demo-step", {
        "learner.total_steps": 3, "rollout.train_batch_size": 8, "rollout.responses_per_prompt": 6,
        "rollout.max_response_tokens": 128, "hindsight.replay_truncated": "true"})
    trl, trl_command = train(bin_dir, "bench-trl-step", {
        "learner.total_steps": 3, "rollout.train_batch_size": 8, "rollout.responses_per_prompt": 8,
        "rollout.max_response_tokens": 128, "rollout.ignore_eos": "true", "hindsight.mode": "off",
        "objective.kl_coef": 0.001, "objective.updates_per_step": 1})
    seconds = lambda metrics: statistics.median(m["timing_s/step"] for m in metrics)
    return [row("train.demo_step", seconds(demo), "s", demo_command),
            row("train.trl_step", seconds(trl), "s", trl_command, "TRL 1.16 GRPO (quoted)",
                TRL_STEP_SECONDS, smaller_is_better=True)]


def suite_memory(bin_dir):
    metrics, command = train(bin_dir, "bench-memory", {
        "learner.total_steps": 2, "rollout.train_batch_size": 8, "rollout.responses_per_prompt": 8,
        "rollout.max_response_tokens": 128, "rollout.ignore_eos": "true", "hindsight.mode": "off",
        "objective.kl_coef": 0, "objective.updates_per_step": 1,
        "learner.max_tokens_per_micro_batch": 8192})
    gibibytes = metrics[-1]["perf/max_memory_allocated_gb"] * 1e9 / 2**30
    return [row("learner.peak_memory", gibibytes, "GiB", command)]


def suite_rollout(bin_dir):
    command = [os.path.join(bin_dir, "rollout_bench"), "--model", MODEL]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    rates = json.loads(output.strip().splitlines()[-1])
    return [row("rollout.decode.b48", rates["decode_tokens_per_second"], "tokens/s", " ".join(command),
                "llama.cpp bf16 (quoted)", LLAMA_CPP_TOKENS_PER_SECOND)]


def suite_verifier(bin_dir):
    return verifier_suite.run(bin_dir, row)


SUITES = {"rollout": suite_rollout, "train": suite_train, "memory": suite_memory,
          "verifier": suite_verifier}


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), platform.processor())
    flags = open("/proc/cpuinfo").read()
    extra = [flag for flag in ("avx512_bf16", "amx_bf16") if f" {flag}" in flags]
    return f"{model}, {os.cpu_count()} cores, {' '.join(extra) or 'no bf16 units'}, {platform.release()}"


def show(rows):
    print(f"machine: {machine()}\n")
    print(f"{'name':26}{'value':>10} {'unit':10}{'peer':>10}{'ratio':>8}  peer name")
    for r in rows:
        peer = "" if r["peer_value"] is None else f"{r['peer_value']:.1f}"
        ratio = "" if r["ratio"] is None else f"{r['ratio']:.2f}"
        print(f"{r['name']:26}{r['value']:>10.2f} {r['unit']:10}{peer:>10}{ratio:>8}  {r['peer'] or ''}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", default="all", choices=["all", *SUITES])
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--output", default="build/bench.json")
    args = parser.parse_args()
    names = SUITES if args.suite == "all" else [args.suite]
    rows = [r for name in names for r in SUITES[name](args.bin)]
    show(rows)
    with open(args.output, "w") as output:
        json.dump(rows, output, indent=1)


if __name__ == "__main__":
    main()
