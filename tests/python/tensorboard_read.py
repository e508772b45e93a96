"""What the package tensorboard reads from a run's event files, against metrics.jsonl and the files eval.jsonl.

  tensorboard_read.py RUN

Exits with 77 where the package is not installed.
"""

import json
import pathlib
import sys

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    print("skipped: the package tensorboard is not installed; tools/setup_test.sh installs it")
    sys.exit(77)

MEASURED = ("timing_s/", "perf/")

run = pathlib.Path(sys.argv[1])
events = EventAccumulator(str(run), size_guidance={"scalars": 0}).Reload()
shown = {tag: [(event.step, event.value) for event in events.Scalars(tag)]
         for tag in events.Tags()["scalars"] if not tag.startswith(MEASURED)}

written = {}
files = [(run / "metrics.jsonl", ""), (run / "eval.jsonl", "eval/")]
files += [(path, f"eval/{path.parent.name}/") for path in run.glob("eval/*/eval.jsonl")]
for path, prefix in files:
    for line in path.read_text().splitlines():
        record = json.loads(line)
        step = record.pop("step")
        for key, value in record.items():
            # What a step takes differs when a restarted learner trains it again.
            if isinstance(value, (int, float)) and not key.startswith(MEASURED):
                written.setdefault(prefix + key, []).append((step, value))

assert shown.keys() == written.keys(), shown.keys() ^ written.keys()
for tag, points in written.items():
    assert [step for step, _ in shown[tag]] == [step for step, _ in points], (tag, shown[tag], points)
    for (_, one), (_, other) in zip(shown[tag], points):
        assert abs(one - other) <= 1e-6 * max(1, abs(other)), (tag, one, other)  # float32
print(f"{len(written)} curves")
