"""The suite "rollout" of bench/run.py: decoding by rollout_bench; with PEERS=1 also llama.cpp at its best."""

import json
import os
import subprocess
import sys

import peers

SEQUENCES = [1, 4, 16, 48, 128]
PAIRS = 3
GGUF = peers.DEPS / "models" / "SmolLM2-135M-Instruct-bf16.gguf"
PEER = "bench/llama_cpp_peer.py"


def last_line(command):
    done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def llama_cpp(sequences, *options):
    return last_line([peers.python("models"), PEER, GGUF, "--sequences", sequences, *options])


def searched_settings():
    """llama.cpp's best settings for each number of sequences; prints each try."""
    if not GGUF.exists():
        subprocess.run([peers.python("models"), PEER, GGUF, "--convert"], check=True)
    found = {sequences: llama_cpp(sequences, "--search") for sequences in SEQUENCES}
    for sequences, best in found.items():
        print(f"llama.cpp, {sequences} sequences, best: {best['tokens_per_second']:.0f} tokens/s with "
              f"{json.dumps(best['settings'])}", file=sys.stderr)
    return found


def run(bin_dir, model, row):
    settings = searched_settings() if peers.WANTED else {}
    rows = []
    for sequences in SEQUENCES:
        command = [os.path.join(bin_dir, "rollout_bench"), "--model", model, "--sequences", sequences]
        shown = " ".join(map(str, command))
        ours = lambda: last_line(command)["decode_tokens_per_second"]
        name = f"rollout.decode.b{sequences}"
        if not peers.WANTED:
            rows.append(row(name, ours(), "tokens/s", shown))
            continue
        # A user of llama.cpp would decode many sequences in batches of its best size.
        portion = max((n for n in SEQUENCES if n <= sequences), key=lambda n: settings[n]["tokens_per_second"])
        theirs = lambda: llama_cpp(portion, "--settings",
                                   json.dumps(settings[portion]["settings"]))["tokens_per_second"]
        value, peer, ratio = peers.in_turns(ours, theirs, PAIRS)
        label = "llama.cpp bf16" + ("" if portion == sequences else f" ({portion} at a time)")
        rows.append(row(name, value, "tokens/s", shown, label, peer, ratio))
    return rows
