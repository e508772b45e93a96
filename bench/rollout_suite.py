"""The suite "rollout" of bench/run.py: what bounds this machine, decoding and prompts by rollout_bench, and the engine
in the ring beside the engine alone; with PEERS=1 also llama.cpp at its best."""

import json
import os
import statistics
import subprocess
import sys

import peers
import train_suite

SEQUENCES = [1, 4, 16, 48, 128]
# A user of llama.cpp would decode many sequences in batches of its best size, so that more sizes are tried for it.
PEER_SEQUENCES = [1, 4, 8, 16, 32, 48, 64, 96, 128]
PROMPTS = {"1x512": (1, 512), "8x90": (8, 90)}  # Number and tokens of each.
THREADS = os.cpu_count()
PAIRS = 5
RING_PAIRS = 3
CANDIDATES = 3  # Of the settings that a search finds, measured once more before one is chosen.
GGUF = peers.DEPS / "models" / "SmolLM2-135M-Instruct-bf16.gguf"
PEER = "bench/llama_cpp_peer.py"
# The ring's work: 8 prompts of 90 tokens, 8 responses of exactly 128 tokens to each.
RING_INSTRUCTIONS = "bench/instructions_90.jsonl"
RING_PROMPTS, RING_PROMPT_TOKENS, RING_TOKENS = 8, 90, 128


def last_line(command):
    done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def llama_cpp(*options):
    return last_line([peers.python("models"), PEER, GGUF, *options])


class LlamaCpp:
    """llama.cpp with settings that a search found; `options` say what it computes."""

    def __init__(self, label, options, settings):
        self.label, self.options, self.settings = label, options, settings

    def rate(self):
        return llama_cpp(*self.options, "--settings", json.dumps(self.settings))["tokens_per_second"]


def best_of(found):
    """The fastest of [(label, options, {"tokens_per_second", "settings"})]. The first few are measured again, since
    the best of many single tries owes something to chance."""
    found = sorted(found, key=lambda entry: -entry[2]["tokens_per_second"])[:CANDIDATES]
    again = [(peer.rate(), peer) for peer in (LlamaCpp(label, options, tried["settings"])
                                              for label, options, tried in found)]
    rate, best = max(again, key=lambda pair: pair[0])
    print(f"{best.label}, best: {rate:.0f} tokens/s with {json.dumps(best.settings)}", file=sys.stderr)
    return best


def searched_decoders():
    """llama.cpp at its best for each of SEQUENCES, that many at a time or fewer."""
    if not GGUF.exists():
        subprocess.run([peers.python("models"), PEER, GGUF, "--convert"], check=True)
    found = []
    for sequences in PEER_SEQUENCES:
        options = ["--measure", "decode", "--sequences", sequences]
        found += [(sequences, options, tried) for tried in llama_cpp(*options, "--search", "--best", CANDIDATES)]
    label = lambda portion, whole: "llama.cpp bf16" + ("" if portion == whole else f" ({portion} at a time)")
    return {sequences: best_of([(label(portion, sequences), options, tried)
                                for portion, options, tried in found if portion <= sequences])
            for sequences in SEQUENCES}


def searched_prefill(prompts, tokens):
    options = ["--measure", "prefill", "--prompts", prompts, "--prompt-tokens", tokens]
    return best_of([("llama.cpp bf16", options, tried)
                    for tried in llama_cpp(*options, "--search", "--best", CANDIDATES)])


def measured(row, name, command, peer, limits):
    """The row of rollout_bench's tokens/s, beside the peer where there is one."""
    results = []

    def ours():
        results.append(last_line(command))
        return results[-1]["tokens_per_second"]

    shown = " ".join(map(str, command))
    if peer is None:
        made = row(name, ours(), "tokens/s", shown)
    else:
        value, theirs, ratio = peers.in_turns(ours, peer.rate, PAIRS)
        made = row(name, value, "tokens/s", shown, peer.label, theirs, ratio)
    made["shares"] = shares(made["value"], results[-1], limits)
    profile = results[-1]["milliseconds_per_step"]
    if profile is not None:
        made["milliseconds_per_step"] = profile
        print(f"{name}, milliseconds per step: {json.dumps(profile)}", file=sys.stderr)
    return made


def shares(tokens_per_second, result, limits):
    """What a row reaches of the machine's limits. Reading counts the weights once per decode step, and not at all
    for prompts; arithmetic counts the products with weights, not attention."""
    found = {"bf16_peak": tokens_per_second * result["operations_per_token"] / limits["operations_per_second"]}
    if result["measure"] == "decode":
        steps_per_second = tokens_per_second / result["sequences"]
        found["read_bandwidth"] = steps_per_second * result["weight_bytes_per_pass"] / limits["read_bytes_per_second"]
    return {name: round(share, 3) for name, share in found.items()}


def machine_rows(row, command, limits):
    shown = " ".join(map(str, command))
    return [row("machine.read_bandwidth", limits["read_bytes_per_second"] / 1e9, "GB/s", shown),
            row("machine.bf16_peak", limits["operations_per_second"] / 1e9, "GFLOP/s", shown)]


def ring_row(bin_dir, model, row):
    """Response tokens per second that the learner of a ring waits for, beside the engine's own rate."""
    sequences = RING_PROMPTS * 8
    command = [os.path.join(bin_dir, "rollout_bench"), "--model", model, "--threads", THREADS, "--measure", "responses",
               "--prompts", RING_PROMPTS, "--prompt_tokens", RING_PROMPT_TOKENS, "--sequences", sequences,
               "--tokens", RING_TOKENS, "--repetitions", 1]
    commands = []

    def in_ring():
        metrics, shown = train_suite.train(
            bin_dir, "bench-ring", {**train_suite.TRL_STEP, "data.train": RING_INSTRUCTIONS, "objective.kl_coef": 0},
            {"response_length/mean": RING_TOKENS, "response_length/min": RING_TOKENS,
             "perf/total_num_tokens": RING_PROMPTS * RING_PROMPT_TOKENS + sequences * RING_TOKENS})
        commands.append(shown)
        return statistics.median(sequences * RING_TOKENS / step["timing_s/gen"] for step in metrics)

    value, alone, ratio = peers.in_turns(in_ring, lambda: last_line(command)["tokens_per_second"], RING_PAIRS)
    return row("rollout.ring", value, "tokens/s", commands[0], "the engine alone", alone, ratio)


def run(bin_dir, model, row):
    limits_command = [os.path.join(bin_dir, "machine_limits"), "--threads", THREADS]
    limits = last_line(limits_command)
    rows = machine_rows(row, limits_command, limits)
    bench = [os.path.join(bin_dir, "rollout_bench"), "--model", model, "--threads", THREADS]
    decoders = searched_decoders() if peers.WANTED else {}
    for sequences in SEQUENCES:
        command = [*bench, "--measure", "decode", "--sequences", sequences]
        rows.append(measured(row, f"rollout.decode.b{sequences}", command, decoders.get(sequences), limits))
    for name, (prompts, tokens) in PROMPTS.items():
        command = [*bench, "--measure", "prefill", "--prompts", prompts, "--prompt_tokens", tokens,
                   "--sequences", prompts]
        peer = searched_prefill(prompts, tokens) if peers.WANTED else None
        rows.append(measured(row, f"rollout.prefill.{name}", command, peer, limits))
    return rows + [ring_row(bin_dir, model, row)]
