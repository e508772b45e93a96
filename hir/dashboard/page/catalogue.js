// The one table of what page and report show of a run. A new curve needs only a new entry here.
"use strict";

// One entry per chart, in reading order. `lines` has at most three: `key` is a name in docs/metrics.md, or with `evals`
// one in eval.jsonl (docs/run-folder.md), whose `key_low` and `key_high` are drawn as an interval; `name` distinguishes
// several lines. `digits` is the number of digits after the point. With `zero` the y axis begins at 0.
const CURVES = [
  { title: "Reward density", unit: "share of originals", digits: 3, zero: true,
    lines: [{ key: "reward_density" }] },
  { title: "Constraints met (CLA)", unit: "share of originals", digits: 3, zero: true,
    lines: [{ key: "constraint_accuracy" }] },
  { title: "Held-out prompts", unit: "share met, 95 % interval", digits: 3, zero: true, evals: true,
    lines: [{ key: "prompt_strict", name: "prompts" }, { key: "instruction_strict", name: "constraints" }] },
  { title: "Replay", unit: "responses", digits: 0, zero: true,
    lines: [{ key: "hindsight/replayed", name: "replayed" }, { key: "hindsight/eligible", name: "eligible" },
            { key: "hindsight/shortfall", name: "shortfall" }] },
  { title: "Constraints removed", unit: "mean of the replayed", digits: 2, zero: true,
    lines: [{ key: "hindsight/constraints_removed_mean" }] },
  { title: "Curriculum λ", unit: "weight of integrity", digits: 3, lines: [{ key: "hindsight/lambda" }] },
  { title: "Entropy of the policy", unit: "nats per token", digits: 3, zero: true, lines: [{ key: "actor/entropy" }] },
  { title: "KL to the start", unit: "nats per token", digits: 4, lines: [{ key: "actor/kl" }] },
  { title: "Policy ratio", unit: "mean of π / π_old", digits: 4,
    lines: [{ key: "ratio/original_mean", name: "originals" }, { key: "ratio/replayed_mean", name: "replayed" }] },
  { title: "Clipped tokens", unit: "share", digits: 4, zero: true,
    lines: [{ key: "actor/pg_clipfrac_original", name: "originals" },
            { key: "actor/pg_clipfrac_replayed", name: "replayed" }] },
  { title: "Gradient norm", unit: "before clipping", digits: 3, zero: true, lines: [{ key: "actor/grad_norm" }] },
  { title: "Gap of rollout and learner", unit: "nats per token", digits: 4, zero: true,
    lines: [{ key: "training/rollout_logprobs_abs_diff_mean" }] },
  { title: "Largest gap of rollout and learner", unit: "nats", digits: 3, zero: true,
    lines: [{ key: "training/rollout_logprobs_abs_diff_max" }] },
  { title: "Ratio of learner to rollout", unit: "mean of π_learner / π_rollout", digits: 4,
    lines: [{ key: "training/rollout_ratio_mean" }] },
  { title: "Capped importance weights", unit: "share of tokens", digits: 4, zero: true,
    lines: [{ key: "actor/importance_capfrac" }] },
  { title: "Response length", unit: "tokens", digits: 1, zero: true,
    lines: [{ key: "response_length/mean", name: "mean" }, { key: "response_length/max", name: "longest" }] },
  { title: "Held-out answers cut at the limit", unit: "share, 95 % interval", digits: 3, zero: true, evals: true,
    lines: [{ key: "truncated_ratio" }] },
  { title: "Time per step", unit: "seconds", digits: 1, zero: true,
    lines: [{ key: "timing_s/step", name: "whole" }, { key: "timing_s/gen", name: "waiting" },
            { key: "timing_s/update_actor", name: "update" }] },
  { title: "Throughput", unit: "tokens per second", digits: 0, zero: true, lines: [{ key: "perf/throughput" }] },
];

// The figures on top: the latest value of `key`, and the result of `over` on all steps.
const FIGURES = [
  { title: "Step", key: "step", digits: 0 },
  { title: "Reward density", key: "reward_density", digits: 3, over: thirds },
  { title: "Constraints met (CLA)", key: "constraint_accuracy", digits: 3, over: thirds },
  { title: "Curriculum λ", key: "hindsight/lambda", digits: 2 },
  { title: "Failures replayed", key: "hindsight/replayed", digits: 0, over: total },
  { title: "Seconds per step", key: "timing_s/step", digits: 1, over: average },
];

const sum = (values) => values.reduce((all, value) => all + value, 0);
const mean = (values) => sum(values) / values.length;

function thirds(values, digits) {
  const third = Math.max(1, Math.floor(values.length / 3));
  return `${number(mean(values.slice(0, third)), digits)} → ${number(mean(values.slice(-third)), digits)}, ` +
         "first to last third of the steps";
}

function total(values, digits) {
  return `${number(sum(values), digits)} in all`;
}

function average(values, digits) {
  return `${number(mean(values), digits)} on average`;
}
