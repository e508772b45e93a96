#!/usr/bin/env python3
"""Makes tools/goldens/schedules.json: learning rates of each step, by Transformers' and PyTorch's own schedules.

Run by hand, with the Python of tools/setup_test.sh:

    .deps/transformers_python tools/goldens/schedules.py tools/goldens/schedules.json

`constant`, `linear` and `cosine` are get_constant_schedule_with_warmup, get_linear_schedule_with_warmup and
get_cosine_with_min_lr_schedule_with_warmup of Transformers. A linear decay to a floor is in no library with a warm-up
before it: it is torch.optim's LinearLR, after a LinearLR that warms up. How many steps a share of them is, is what
TrainingArguments.get_warmup_steps says. `rates` are those that the optimizer has in its steps, the first of them before
any call of scheduler.step().
"""

import json
import sys
import types

import torch
import transformers

LR = 3e-4
# schedule, warmup (steps, or a share below 1), total_steps, min_lr_ratio
CASES = [
    ("constant", 0, 7, 0.0),
    ("constant", 3, 7, 0.0),
    ("constant", 0.25, 9, 0.0),
    ("linear", 0, 10, 0.0),
    ("linear", 4, 10, 0.0),
    ("linear", 0.1, 25, 0.0),
    ("linear", 10, 10, 0.0),
    ("linear", 0, 10, 0.25),
    ("linear", 4, 10, 0.1),
    ("cosine", 0, 10, 0.0),
    ("cosine", 3, 12, 0.0),
    ("cosine", 0.3, 12, 0.1),
    ("cosine", 12, 12, 0.1),
    ("cosine", 1, 1, 0.5),
    ("cosine", 10, 60, 0.02),
]


def warmup_steps(warmup, total):
    # Of a stand-in, since TrainingArguments itself wants accelerate.
    return transformers.TrainingArguments.get_warmup_steps(types.SimpleNamespace(warmup_steps=warmup), total)


def scheduler_of(optimizer, schedule, warmup, total, floor):
    if schedule == "constant":
        return transformers.get_constant_schedule_with_warmup(optimizer, warmup)
    if schedule == "cosine":
        return transformers.get_cosine_with_min_lr_schedule_with_warmup(optimizer, warmup, total, min_lr_rate=floor)
    if floor == 0:
        return transformers.get_linear_schedule_with_warmup(optimizer, warmup, total)
    linear = torch.optim.lr_scheduler.LinearLR
    decay = linear(optimizer, start_factor=1.0, end_factor=floor, total_iters=total - warmup)
    if warmup == 0:
        return decay
    # LinearLR refuses to start at 0.
    rise = linear(optimizer, start_factor=1e-30, end_factor=1.0, total_iters=warmup)
    return torch.optim.lr_scheduler.SequentialLR(optimizer, [rise, decay], milestones=[warmup])


def rates(schedule, warmup, total, floor):
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    scheduler = scheduler_of(optimizer, schedule, warmup_steps(warmup, total), total, floor)
    found = []
    for _ in range(total):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def main():
    cases = [
        {"schedule": s, "warmup": w, "total_steps": t, "min_lr_ratio": f, "lr": LR, "rates": rates(s, w, t, f)}
        for s, w, t, f in CASES
    ]
    made_with = {"torch": torch.__version__, "transformers": transformers.__version__}
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        lines = ",\n".join("  " + json.dumps(case) for case in cases)
        file.write('{"made_with": ' + json.dumps(made_with) + ',\n "cases": [\n' + lines + "\n]}\n")


if __name__ == "__main__":
    main()
