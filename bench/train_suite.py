"""The suites "train" and "memory" of bench/run.py: short runs of the whole ring, with PEERS=1 beside TRL. A run whose
steps did not do the work that is timed fails."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import peers

# Each instruction's only constraint is met by some responses and missed by others, so that every update runs.
INSTRUCTIONS = "bench/instructions.jsonl"
PAIRS = 2
MICRO_BATCHES = [64, 16, 8]  # Of TRL, searched.
RESPONSES = 64
TOKENS = 128
# The same work as TRL's trainer in bench/trl_peer.py.
TRL_STEP = {
    "data.train": INSTRUCTIONS, "data.held_out": "", "learner.total_steps": 3, "rollout.train_batch_size": 8,
    "rollout.responses_per_prompt": RESPONSES // 8, "rollout.max_response_tokens": TOKENS,
    "rollout.max_running_sequences": RESPONSES, "rollout.ignore_eos": "true", "hindsight.mode": "off",
    "objective.kl_coef": 0.001, "objective.updates_per_step": 1}
DEMO_STEP = {
    "learner.total_steps": 3, "rollout.train_batch_size": 8, "rollout.responses_per_prompt": 6,
    "rollout.max_response_tokens": TOKENS, "hindsight.replay_truncated": "true"}


def check_work(name, step, due):
    """Ends the benchmark if an update was skipped or a metric of the step is not the expected one in `due`."""
    for metric, wanted in {"training/skipped_updates": 0, **due}.items():
        if step.get(metric) != wanted:
            raise SystemExit(f"bench: {name}: {metric} of step {step.get('step')} is {step.get(metric)}, not {wanted}: "
                             "the work that is timed was not done")


def train(bin_dir, name, settings, due):
    """Trains a few steps with configs/demo.yaml changed by `settings`; returns the metrics of the steps after the
    first (which pays for warm-up) and the command line."""
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
    for step in metrics:
        check_work(name, step, due)
    shown = [part for part in command if folder not in part]
    return metrics[1:], " ".join(shown).replace(" --set --set", " --set")


def seconds_per_step(metrics):
    return statistics.median(step["timing_s/step"] for step in metrics)


def demo_step(bin_dir):
    """Seconds of a step of the demo, and the command line."""
    metrics, command = train(bin_dir, "bench-demo-step", DEMO_STEP, {"training/updates": 2})
    return seconds_per_step(metrics), command


def trl(model, micro_batch, steps):
    command = [str(peers.python("models")), "bench/trl_peer.py", model, INSTRUCTIONS, "--steps", str(steps),
               "--micro-batch", str(micro_batch)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=peers.environment())
    seconds = json.loads(done.stdout.splitlines()[-1])["seconds_per_step"]
    print(f"TRL 1.16 GRPO, micro-batches of {micro_batch}: {seconds:.1f} s a step", file=sys.stderr)
    return seconds


def run(bin_dir, model, row):
    demo_seconds, demo_command = demo_step(bin_dir)
    rows = [row("train.demo_step", demo_seconds, "s", demo_command)]
    commands = []

    def ours():
        metrics, command = train(bin_dir, "bench-trl-step", TRL_STEP,
                                 {"training/updates": 1, "response_length/mean": TOKENS})
        commands.append(command)
        return seconds_per_step(metrics)

    if not peers.WANTED:
        return rows + [row("train.trl_step", ours(), "s", commands[0])]
    best = min(MICRO_BATCHES, key=lambda size: trl(model, size, steps=1))
    value, peer, ratio = peers.in_turns(ours, lambda: trl(model, best, steps=2), PAIRS)
    label = f"TRL 1.16 GRPO, bf16, micro-batches of {best}"
    return rows + [row("train.trl_step", value, "s", commands[0], label, peer, 1 / ratio)]


def run_memory(bin_dir, model, row):
    metrics, command = train(bin_dir, "bench-memory", {
        **TRL_STEP, "learner.total_steps": 2, "objective.kl_coef": 0, "learner.max_tokens_per_micro_batch": 8192},
        {"training/updates": 1, "response_length/mean": TOKENS})
    gibibytes = metrics[-1]["perf/max_memory_allocated_gb"] * 1e9 / 2**30
    return [row("learner.peak_memory", gibibytes, "GiB", command)]
