"""The peers that `make bench PEERS=1` compares HiR with: their environments, and alternating measurements."""

import os
import pathlib
import statistics
import subprocess
import sys

DEPS = pathlib.Path(".deps")
WANTED = os.environ.get("PEERS") == "1"


def python(name):
    """The interpreter of the environment .deps/bench_NAME with bench/requirements_NAME.txt, made on the first
    call. It sees the packages of .deps/venv, too (Torch, Transformers)."""
    venv = DEPS / f"bench_{name}"
    wanted = pathlib.Path(f"bench/requirements_{name}.txt").read_text()
    stamp = venv / "requirements.installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"bench: installing the peers of bench/requirements_{name}.txt", file=sys.stderr)
        subprocess.run(["tools/setup_test.sh"], check=True, stdout=sys.stderr)
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", venv], check=True)
        site = next(venv.glob("lib/python3.*/site-packages"))
        shared = next((DEPS / "venv").glob("lib/python3.*/site-packages"))
        (site / "shared.pth").write_text(f"{shared.resolve()}\n")
        # llama.cpp is compiled for the processor of this machine, as HiR is.
        subprocess.run([venv / "bin/pip", "install", "-q", "--no-deps", "--no-cache-dir", "-r",
                        f"bench/requirements_{name}.txt"], check=True,
                       env={**os.environ, "CMAKE_ARGS": "-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF"})
        stamp.write_text(wanted)
    return venv / "bin/python"


def environment():
    """The environment of a process that imports Torch; see tools/setup_test.sh."""
    return {**os.environ, "TORCH_USE_RTLD_GLOBAL": "1", "HF_HUB_OFFLINE": "1",
            "LD_LIBRARY_PATH": str((DEPS / "cuda_stand_ins").resolve())}


def in_turns(ours, theirs, pairs):
    """Calls both `pairs` times, one after the other, so that a machine that slows down slows both. Returns our
    median, theirs, and the median of the pairs' ratios (ours to theirs)."""
    measured = [(ours(), theirs()) for _ in range(pairs)]
    return (statistics.median(a for a, _ in measured), statistics.median(b for _, b in measured),
            statistics.median(a / b for a, b in measured))
