#!/usr/bin/env python3
"""Runs the checks that are too long for CI, and writes how each ended into docs/check-long.md.

  tools/check_long.py [PART...]

Without PARTs all are run. What a part prints goes to build/check-long/PART.log. Exits with 1 if one fails.
"""
import datetime
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/check-long.md"
LOGS = ROOT / "build/check-long"

PARTS = {
    "tsan": "cmake --preset tsan && ninja -C build/tsan tests_without_torch && ctest --preset tsan -L no-torch",
    "asan": "cmake --preset asan-ubsan && ninja -C build/asan-ubsan && ctest --preset asan-ubsan",
    "tidy": "make tidy",
    "clients": "ctest --test-dir build/release --output-on-failure -R '^(python_examples|openai_client|lm_eval)_test$'",
    "fuzz": "make fuzz FUZZ_SECONDS=600",
    "cluster": "make cluster-test",
}


def run(part):
    """How the part ended, in words, and after how many minutes."""
    log_path = LOGS / f"{part}.log"
    begin = time.monotonic()
    with log_path.open("w") as log:
        code = subprocess.call(["bash", "-c", f"set -euo pipefail; {PARTS[part]}"], cwd=ROOT, stdin=subprocess.DEVNULL,
                               stdout=log, stderr=subprocess.STDOUT)
    minutes = (time.monotonic() - begin) / 60
    passed = [line for line in log_path.read_text(errors="replace").splitlines() if "tests passed" in line]
    result = passed[-1] if passed else "passed" if code == 0 else f"failed with code {code}"
    return code == 0, result, minutes


def record(part, result, minutes):
    """Puts the result into the part's row of the page."""
    commit = subprocess.check_output(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True).strip()
    today = datetime.date.today().isoformat()
    lines = PAGE.read_text().splitlines(keepends=True)
    for number, line in enumerate(lines):
        cells = line.split("|")
        if len(cells) == 6 and cells[1].strip() == f"`{part}`":
            lines[number] = "|".join([*cells[:3], f" {result} ", f" {today}, {commit}, {minutes:.0f} min ", cells[5]])
    temporary = PAGE.with_suffix(".tmp")
    temporary.write_text("".join(lines))
    temporary.rename(PAGE)


def main(parts):
    for part in parts:
        if part not in PARTS:
            sys.exit(f"check_long: there is no part '{part}'; choose from {', '.join(PARTS)}.")
    LOGS.mkdir(parents=True, exist_ok=True)
    failed = []
    for part in parts or PARTS:
        print(f"[check-long] {part}: {PARTS[part]}", flush=True)
        ok, result, minutes = run(part)
        print(f"[check-long] {part}: {result}, {minutes:.0f} min", flush=True)
        record(part, result, minutes)
        if not ok:
            failed.append(part)
    if failed:
        sys.exit(f"check_long: {', '.join(failed)} failed; the logs are in {LOGS.relative_to(ROOT)}.")


if __name__ == "__main__":
    main(sys.argv[1:])
