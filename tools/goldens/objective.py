#!/usr/bin/env python3
"""Writes the golden cases of the objective: tests/fixtures/objective/goldens.jsonl, which hir/train/goldens_test.cc reads.

  .deps/venv/bin/python tools/goldens/objective.py [OUTPUT]

The formulas are written from the papers that docs/algorithms.md names, one row and one token at a time, in float64;
nothing is taken from the C++ code, and gradients are autograd's. check_peers.py holds the same functions against verl
and TRL. Needs Torch only. The same seed writes the same bytes on one version of Torch.
"""

import json
import math
import random
import sys

import torch

OUTPUT = "tests/fixtures/objective/goldens.jsonl"
DEFAULTS = {
    "advantage": "reinforce++", "kl_coef": 0, "kl_estimator": "k1", "kl_in": "reward", "gamma": 1, "loss": "ppo",
    "aggregation": "token-mean", "clip_ratio_low": 0.2, "clip_ratio_high": 0.2, "dual_clip": 3, "importance_cap": 0,
    "importance_level": "token", "max_response_tokens": 8,
}


def kl(policy, reference, estimator):
    """Schulman's estimates for one token; log-probabilities are tensors or numbers."""
    log_r = torch.as_tensor(reference - policy, dtype=torch.float64)
    if estimator == "k1":
        return -log_r
    if estimator == "k2":
        return log_r ** 2 / 2
    return torch.exp(log_r) - 1 - log_r


def token_rewards(row, s):
    rewards = [0.0] * len(row["old"])
    rewards[-1] += row["reward"]
    if s["kl_coef"] and s["kl_in"] == "reward":
        for t, (old, ref) in enumerate(zip(row["old"], row["ref"])):
            rewards[t] -= s["kl_coef"] * kl(old, ref, s["kl_estimator"]).item()
    return rewards


def whiten(rows):
    values = [value for row in rows for value in row]
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return [[(value - mean) / math.sqrt(variance + 1e-8) for value in row] for row in rows]


def group_advantage(score, group, estimator, grpo_epsilon=1e-6):
    """`group` has all scores of the group, that of the row itself included."""
    n = len(group)
    if n < 2:
        return 0.0
    mean = sum(group) / n
    if estimator == "grpo":
        std = math.sqrt(sum((other - mean) ** 2 for other in group) / (n - 1))
        return (score - mean) / (std + grpo_epsilon)
    if estimator == "rloo":
        return score - (sum(group) - score) / (n - 1)
    if estimator == "maxrl":
        return (score - mean) / mean if mean else 0.0
    return score - mean  # dr_grpo, and reinforce++_baseline before it is whitened


def advantages(rows, s, grpo_epsilon=1e-6):
    """One list per included row."""
    rows = [row for row in rows if row["included"]]
    rewards = [token_rewards(row, s) for row in rows]
    if s["advantage"] == "reinforce++":
        returns = [[sum(r * s["gamma"] ** i for i, r in enumerate(each[t:])) for t in range(len(each))]
                   for each in rewards]
        return whiten(returns)
    scores = [sum(each) for each in rewards]
    result = []
    for row, score in zip(rows, scores):
        group = [other for sibling, other in zip(rows, scores)
                 if sibling["task"] == row["task"] and not sibling["replayed"]]
        if row["replayed"]:
            group.append(score)
        result.append([group_advantage(score, group, s["advantage"], grpo_epsilon)] * len(row["old"]))
    return whiten(result) if s["advantage"] == "reinforce++_baseline" else result


def importance_weights(row, s):
    ratios = [learner - rollout for learner, rollout in zip(row["learner"], row["rollout"])]
    if s["importance_level"] == "sequence":
        ratios = [sum(ratios)] * len(ratios)
    return [min(math.exp(ratio), s["importance_cap"]) for ratio in ratios]


def policy_losses(new, old, advantage, s):
    """The loss of each token of one row; `new` is differentiated. Returns them and which are clipped."""
    low, high = 1 - s["clip_ratio_low"], 1 + s["clip_ratio_high"]
    mean = sum(n.item() - o for n, o in zip(new, old)) / len(old)
    losses, clipped = [], []
    for n, o, a in zip(new, old, advantage):
        # GSPO-token: the value is that of the sequence's ratio, the gradient goes through the token.
        ratio = torch.exp(n - n.detach() + mean) if s["loss"] == "gspo" else torch.exp(n - o)
        bounded = torch.clamp(ratio, low, high)
        if s["loss"] == "cispo":
            losses.append(-bounded.detach() * a * n)
            clipped.append(ratio.item() != bounded.item())
            continue
        loss = torch.max(-a * ratio, -a * bounded)
        clipped.append((-a * bounded).item() > (-a * ratio).item())
        if s["dual_clip"] and a < 0:
            loss = torch.min(loss, torch.tensor(-a * s["dual_clip"], dtype=torch.float64))
        losses.append(loss)
    return losses, clipped


def aggregate(rows, s):
    """`rows`: a list of token losses per row."""
    count = len(rows)
    if s["aggregation"] == "token-mean":
        return sum(sum(row) for row in rows) / sum(len(row) for row in rows)
    if s["aggregation"] == "seq-mean-token-mean":
        return sum(sum(row) / len(row) for row in rows) / count
    if s["aggregation"] == "seq-mean-token-sum":
        return sum(sum(row) for row in rows) / count
    return sum(sum(row) for row in rows) / count / s["max_response_tokens"]


def update_loss(rows, s, given=None):
    """Loss, its gradient by each new log-probability, and the clipped tokens, of all included rows as one update."""
    given = given or advantages(rows, s)
    rows = [row for row in rows if row["included"]]
    news = [[torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in row["new"]] for row in rows]
    losses, clipped = [], []
    for row, new, advantage in zip(rows, news, given):
        tokens, cut = policy_losses(new, row["old"], advantage, s)
        clipped += cut
        if s["importance_cap"]:
            tokens = [loss * weight for loss, weight in zip(tokens, importance_weights(row, s))]
        if s["kl_coef"] and s["kl_in"] == "loss":
            tokens = [loss + s["kl_coef"] * kl(n, ref, s["kl_estimator"])
                      for loss, n, ref in zip(tokens, new, row["ref"])]
        losses.append(tokens)
    loss = aggregate(losses, s)
    loss.backward()
    return loss.item(), [[value.grad.item() for value in new] for new in news], clipped


def random_rows(rng, replay):
    """Three tasks with 2 to 4 originals; the first task failed everywhere, and one row is left out of the loss."""
    rows = []
    for task in range(3):
        for sample in range(rng.randint(2, 4)):
            tokens = rng.randint(1, 5)
            draw = lambda spread, around: [round(value + rng.gauss(0, spread), 4) for value in around]
            old = draw(0.7, [-1.5] * tokens)
            row = {"task": task, "replayed": False, "included": True,
                   "reward": 0 if task == 0 else rng.choice([0, 1, 0.25, 0.6]) if sample else task - 1,
                   "old": old, "new": draw(0.25, old), "ref": draw(0.3, old), "rollout": draw(0.3, old), "learner": old}
            rows.append(row)
            if replay and sample == 0:
                rows.append({**row, "replayed": True, "reward": 1, "new": draw(0.4, old)})
    if replay:
        rows[-1]["included"] = False
    return rows


def settings_of_cases():
    for estimator in ["reinforce++", "reinforce++_baseline", "grpo", "dr_grpo", "rloo", "maxrl"]:
        yield {"advantage": estimator}
    yield {"gamma": 0.9, "kl_coef": 0.1}
    for estimator in ["k1", "k2", "k3"]:
        yield {"advantage": "rloo", "kl_coef": 0.2, "kl_estimator": estimator}
        if estimator != "k1":
            yield {"advantage": "dr_grpo", "kl_coef": 0.2, "kl_estimator": estimator, "kl_in": "loss"}
    for loss in ["ppo", "gspo", "cispo"]:
        for aggregation in ["token-mean", "seq-mean-token-sum", "seq-mean-token-mean", "seq-mean-token-sum-norm"]:
            yield {"advantage": "grpo", "loss": loss, "aggregation": aggregation, "clip_ratio_low": 0.1,
                   "clip_ratio_high": 0.15, "dual_clip": 1.2 if loss == "ppo" else 0, "kl_coef": 0.1,
                   "kl_estimator": "k3", "kl_in": "loss"}
    for level in ["token", "sequence"]:
        for loss in ["ppo", "gspo"] if level == "sequence" else ["ppo", "cispo"]:
            yield {"loss": loss, "importance_cap": 1.1, "importance_level": level,
                   "dual_clip": 0, "aggregation": "seq-mean-token-mean"}


def objective_cases():
    rng = random.Random(1)
    for number, changed in enumerate(settings_of_cases()):
        for replay in [False, True]:
            s = {**DEFAULTS, **changed}
            rows = random_rows(rng, replay)
            loss, gradient, clipped = update_loss(rows, s)
            yield {"kind": "objective", "case": f"{number}{' with replay' if replay else ''}", "settings": s,
                   "rows": rows, "expected": {"advantages": advantages(rows, s), "loss": loss, "gradient": gradient,
                                              "clipped": sum(clipped)}}


def entropy_cases():
    """Log-probabilities and entropies of softmax(hidden @ head^T / temperature), with the gradients of
    sum(a * log-probability + b * entropy)."""
    generator = torch.Generator().manual_seed(2)
    for temperature in [1.0, 0.6]:
        draw = lambda *shape: torch.randn(*shape, dtype=torch.float64, generator=generator).round(decimals=4)
        hidden, head, a, b = draw(3, 4).requires_grad_(), draw(7, 4).requires_grad_(), draw(3), draw(3)
        targets = [0, 6, 2]
        probabilities = torch.softmax(hidden @ head.T / temperature, dim=-1)
        log_probs = torch.stack([probabilities[i, t] for i, t in enumerate(targets)]).log()
        entropies = -(probabilities * probabilities.log()).sum(-1)
        (a * log_probs + b * entropies).sum().backward()
        yield {"kind": "entropy", "case": f"temperature {temperature}", "temperature": temperature, "targets": targets,
               "hidden": hidden.tolist(), "head": head.tolist(), "a": a.tolist(), "b": b.tolist(),
               "expected": {"log_probs": log_probs.tolist(), "entropies": entropies.tolist(),
                            "hidden_gradient": hidden.grad.tolist(), "head_gradient": head.grad.tolist()}}


def reward(verdicts, tokens, truncated, s):
    """None: unknown. `verdicts` has a letter per constraint: p(ass), f(ail), u(ndecidable)."""
    if s["reward"] == "ila":
        value = 0 if "f" in verdicts else None if "u" in verdicts else 1
    elif "u" in verdicts:
        value = None
    else:
        value = verdicts.count("p") / len(verdicts)
        if s["reward"] == "graded" and value == 1:
            value += s["graded_bonus"]
    if truncated and s["truncated"] == "zero":
        value = 0
    if value is None or not s["overlong_buffer"]:
        return value
    # DAPO, equation 13.
    begin = s["max_response_tokens"] - s["overlong_buffer"]
    if tokens > begin:
        punishment = -1 if tokens > s["max_response_tokens"] else (begin - tokens) / s["overlong_buffer"]
        value += s["overlong_penalty"] * punishment
    return value


def reward_cases():
    for kind in ["ila", "cla", "graded"]:
        for truncated in ["keep", "zero", "mask"]:
            for buffer, penalty in [(0, 1), (8, 0.5), (20, 1)]:
                s = {"reward": kind, "graded_bonus": 0.75 if kind == "graded" else 1, "truncated": truncated,
                     "overlong_buffer": buffer, "overlong_penalty": penalty, "max_response_tokens": 20}
                responses = [{"verdicts": verdicts, "tokens": tokens, "truncated": cut,
                              "reward": reward(verdicts, tokens, cut, s), "masked": cut and truncated == "mask"}
                             for verdicts in ["ppp", "pff", "fff", "ppu", "pfu"]
                             for tokens, cut in [(1, False), (12, False), (13, False), (20, False), (20, True)]]
                yield {"kind": "reward", "case": f"{kind} {truncated} {buffer}", "settings": s, "responses": responses}


def cases():
    yield from reward_cases()
    yield from objective_cases()
    yield from entropy_cases()


def main():
    with open(sys.argv[1] if len(sys.argv) > 1 else OUTPUT, "w") as output:
        for case in cases():
            output.write(json.dumps(case) + "\n")


if __name__ == "__main__":
    main()
