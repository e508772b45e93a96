#!/usr/bin/env python3
"""Times the demo's step (train.demo_step) of two builds in turns.

  bench/compare_demo_step.py OTHER_BIN [--bin build/release/bin] [--pairs 3]

OTHER_BIN is the folder of the other build's programs, for example that of a worktree of an earlier commit. Prints
{"seconds", "other_seconds", "ratio"}: medians, and the median of the pairs' ratios, above 1 where --bin is faster.
"""

import argparse
import json

import peers
import train_suite


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other")
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--pairs", type=int, default=3)
    args = parser.parse_args()
    seconds = lambda folder: lambda: train_suite.demo_step(folder)[0]
    ours, theirs, ratio = peers.in_turns(seconds(args.bin), seconds(args.other), args.pairs)
    print(json.dumps({"seconds": round(ours, 2), "other_seconds": round(theirs, 2), "ratio": round(1 / ratio, 2)}))


if __name__ == "__main__":
    main()
