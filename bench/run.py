#!/usr/bin/env python3
"""Runs the benchmark suites, prints a table and writes {"machine", "rows"}, a row being
{name, value, unit, peer, peer_value, ratio, command}; ratio > 1 means better than the peer. Rows of decoding
have {shares, milliseconds_per_step}, too: what they reach of the machine's limits, which the same run measures, and
where the time of a step goes.

  bench/run.py --suite all|rollout|train|memory|verifier [--bin build/release/bin] [--output build/bench.json]

With PEERS=1 in the environment the pinned peers are installed into .deps/ and measured in turns with ours, llama.cpp
and TRL at the best of the settings that are searched; the ratio is the median of the pairs' ratios. Without it there are no ratios.
"""

import argparse
import json
import os
import platform

import rollout_suite
import train_suite
import verifier_suite

MODEL = ".deps/models/SmolLM2-135M-Instruct"
SUITES = {"rollout": rollout_suite.run, "train": train_suite.run, "memory": train_suite.run_memory,
          "verifier": verifier_suite.run}


def row(name, value, unit, command, peer=None, peer_value=None, ratio=None):
    shown = lambda number: None if number is None else round(number, 3)
    return dict(name=name, value=shown(value), unit=unit, peer=peer, peer_value=shown(peer_value), ratio=shown(ratio),
                command=command)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), platform.processor())
    flags = open("/proc/cpuinfo").read()
    extra = [flag for flag in ("avx512_bf16", "amx_bf16") if f" {flag}" in flags]
    return f"{model}, {os.cpu_count()} cores, {' '.join(extra) or 'no bf16 units'}, {platform.release()}"


def show(rows):
    print(f"machine: {machine()}\n")
    print(f"{'name':26}{'value':>10} {'unit':10}{'peer':>10}{'ratio':>8}  peer, shares of the machine's limits")
    for r in rows:
        peer = "" if r["peer_value"] is None else f"{r['peer_value']:.1f}"
        ratio = "" if r["ratio"] is None else f"{r['ratio']:.2f}"
        shares = [f"{share:.0%} of {name}" for name, share in r.get("shares", {}).items()]
        notes = ", ".join(([r["peer"]] if r["peer"] else []) + shares)
        print(f"{r['name']:26}{r['value']:>10.2f} {r['unit']:10}{peer:>10}{ratio:>8}  {notes}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", default="all", choices=["all", *SUITES])
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--output", default="build/bench.json")
    args = parser.parse_args()
    names = SUITES if args.suite == "all" else [args.suite]
    rows = [r for name in names for r in SUITES[name](args.bin, MODEL, row)]
    show(rows)
    with open(args.output, "w") as output:
        json.dump({"machine": machine(), "rows": rows}, output, indent=1)


if __name__ == "__main__":
    main()
