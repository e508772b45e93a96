#!/usr/bin/env python3
"""Holds the golden cases of objective.py against other projects' code; `make goldens-check` installs and calls it.

- verl (tools/goldens/requirements.txt): the functions of its core_algos, rollout_corr_helper and torch_functional, on
  each case of tests/fixtures/objective/goldens.jsonl, 1e-9 in float64.
- TRL: real steps of GRPOTrainer on a tiny model with the tiny tokenizer of tests/fixtures, in float32: advantages, loss
  and gradient by log-probability against the functions of objective.py, 1e-4.

docs/algorithms.md lists which formula is held by which. Prints how many comparisons agreed; ends with 1 at the first
difference.
"""

import json
import tempfile

import datasets
import numpy
import torch
import transformers
import trl
import trl.rewards
import verl
import verl.utils.torch_functional as verl_functional
from verl.trainer.config import AlgoConfig
from verl.trainer.ppo import core_algos
from verl.trainer.ppo.rollout_corr_helper import compute_rollout_correction_weights
from verl.workers.config import ActorConfig

import objective

ESTIMATORS = {"reinforce++": "reinforce_plus_plus", "reinforce++_baseline": "reinforce_plus_plus_baseline",
              "grpo": "grpo", "dr_grpo": "grpo", "rloo": "rloo"}
LOSSES = {"ppo": "vanilla", "gspo": "gspo", "cispo": "cispo"}
agreed = {}


def same(what, actual, expected, tolerance=1e-9):
    actual, expected = (torch.as_tensor(x, dtype=torch.float64).detach() for x in (actual, expected))
    if not torch.allclose(actual, expected, rtol=tolerance, atol=tolerance):
        raise SystemExit(f"{what}: {actual} instead of {expected}")
    agreed[what.split(":")[0]] = agreed.get(what.split(":")[0], 0) + 1


def padded(rows, name=None):
    """[rows, longest] float64, zero beyond a row's end."""
    lists = [torch.tensor(row[name] if name else row, dtype=torch.float64) for row in rows]
    return torch.nn.utils.rnn.pad_sequence(lists, batch_first=True)


def flat(matrix, mask):
    return matrix[mask.bool()]


def verl_advantages(rows, s):
    mask = padded([[1.0] * len(row["old"]) for row in rows])
    rewards = padded([[0.0] * (len(row["old"]) - 1) + [row["reward"]] for row in rows])
    if s["kl_coef"] and s["kl_in"] == "reward":
        estimates = core_algos.kl_penalty(padded(rows, "old"), padded(rows, "ref"), s["kl_estimator"])
        rewards = rewards - s["kl_coef"] * estimates * mask
    estimator = core_algos.get_adv_estimator_fn(ESTIMATORS[s["advantage"]])
    arguments = {"token_level_rewards": rewards, "response_mask": mask, "config": AlgoConfig(gamma=s["gamma"])}
    if s["advantage"] != "reinforce++":
        arguments["index"] = numpy.array([row["task"] for row in rows])
    if s["advantage"] in ("grpo", "dr_grpo"):
        arguments["norm_adv_by_std_in_grpo"] = s["advantage"] == "grpo"
    return flat(estimator(**arguments)[0], mask)


def check_verl_advantages(case):
    s, rows = case["settings"], [row for row in case["rows"] if row["included"]]
    if s["advantage"] not in ESTIMATORS:
        return
    what = f"verl, {ESTIMATORS[s['advantage']]}: case {case['case']}"
    replayed = [row for row in rows if row["replayed"]]
    expected = case["expected"]["advantages"]
    if not replayed or s["advantage"] == "reinforce++":
        same(what, verl_advantages(rows, s), sum(expected, []))
    elif s["advantage"] != "reinforce++_baseline":  # Whitens groups of different rows together.
        originals = [row for row in rows if not row["replayed"]]
        tasks = [row["task"] for row in originals]
        # Alone in its group, a row has its whole reward in verl and nothing here.
        compared = [not row["replayed"] and tasks.count(row["task"]) > 1 for row in rows]
        same(what, verl_advantages([row for row, yes in zip(rows, compared) if yes], s),
             sum((a for a, yes in zip(expected, compared) if yes), []))
        for row, advantage in zip(rows, expected):
            if row["replayed"]:  # In a group of its own with the originals of its task.
                group = [row] + [other for other in originals if other["task"] == row["task"]]
                same(f"{what}, replayed", verl_advantages(group, s)[:len(advantage)], advantage)


def check_verl_loss(case):
    s, rows = case["settings"], [row for row in case["rows"] if row["included"]]
    mask = padded([[1.0] * len(row["old"]) for row in rows])
    new = padded(rows, "new").requires_grad_()
    weights = None
    if s["importance_cap"]:
        weights, _ = compute_rollout_correction_weights(
            padded(rows, "learner") - padded(rows, "rollout"), mask, s["importance_level"], s["importance_cap"])
    scale = {"loss_scale_factor": s["max_response_tokens"]}
    actor = ActorConfig(strategy="fsdp", rollout_n=1, ppo_micro_batch_size_per_gpu=1, clip_ratio=0.2,
                        clip_ratio_low=s["clip_ratio_low"], clip_ratio_high=s["clip_ratio_high"],
                        clip_ratio_c=s["dual_clip"] or 1e9, global_batch_info=scale)
    loss, metrics = core_algos.get_policy_loss_fn(LOSSES[s["loss"]])(
        old_log_prob=padded(rows, "old"), log_prob=new, advantages=padded(case["expected"]["advantages"]),
        response_mask=mask, loss_agg_mode=s["aggregation"], config=actor, rollout_is_weights=weights)
    what = f"verl, {LOSSES[s['loss']]} with agg_loss {s['aggregation']}"
    if s["importance_cap"]:
        what += f" and rollout_is {s['importance_level']}"
    if s["kl_coef"] and s["kl_in"] == "loss":
        estimates = core_algos.kl_penalty(new, padded(rows, "ref"), s["kl_estimator"])
        loss = loss + s["kl_coef"] * core_algos.agg_loss(estimates, mask, s["aggregation"], **scale)
        what += f" and kl_penalty {s['kl_estimator']}"
    loss.backward()
    same(f"{what}: case {case['case']}", loss, case["expected"]["loss"], 1e-7 if "token-mean" in what else 1e-9)
    same(f"{what}: case {case['case']}", flat(new.grad, mask), sum(case["expected"]["gradient"], []),
         1e-7 if "seq-mean-token-mean" in what else 1e-9)  # verl adds 1e-8 to a row's length.


def check_verl_entropy(case):
    logits = torch.tensor(case["hidden"], dtype=torch.float64) @ torch.tensor(case["head"], dtype=torch.float64).T
    same("verl, entropy_from_logits", verl_functional.entropy_from_logits(logits / case["temperature"]),
         case["expected"]["entropies"])


def check_trl_overlong(case):
    s = case["settings"]
    if not s["overlong_buffer"] or s["truncated"] == "zero":
        return
    punish = trl.rewards.get_soft_overlong_punishment(s["max_response_tokens"], s["overlong_buffer"])
    for response in case["responses"]:
        if response["reward"] is not None:
            plain = objective.reward(response["verdicts"], 0, False, {**s, "overlong_buffer": 0})
            punishment = punish(completion_ids=[[0] * response["tokens"]])[0]
            same("TRL, get_soft_overlong_punishment", response["reward"], plain + s["overlong_penalty"] * punishment)


class Checked(trl.GRPOTrainer):
    """A trainer that compares each of its losses, before it goes on with it."""

    def _get_per_token_logps_and_entropies(self, *args, **kwargs):
        result = super()._get_per_token_logps_and_entropies(*args, **kwargs)
        self.last_logps = result[0]
        return result

    def _compute_loss(self, model, inputs):
        loss = super()._compute_loss(model, inputs)
        logps = self.last_logps
        gradient = torch.autograd.grad(loss, logps, retain_graph=True)[0]
        mask = inputs["completion_mask"].bool()
        old = inputs.get("old_per_token_logps")
        columns = {"new": logps, "old": logps if old is None else old, "ref": inputs["ref_per_token_logps"]}
        rows = [{"included": True, **{name: values[i][mask[i]].tolist() for name, values in columns.items()}}
                for i in range(len(mask))]
        given = [[a.item()] * len(row["new"]) for a, row in zip(inputs["advantages"], rows)]
        ours, ours_gradient, _ = objective.update_loss(rows, self.settings, given)
        same(f"{self.what}: loss", loss, ours, 1e-4)
        same(f"{self.what}: gradient", gradient[mask], sum(ours_gradient, []), 1e-4)
        return loss


def check_trl(loss_type, level, settings):
    s = {**objective.DEFAULTS, "kl_coef": 0.05, "kl_estimator": "k3", "kl_in": "loss", "dual_clip": 0,
         "max_response_tokens": 6, **settings}
    what = f"TRL, a step of loss_type {loss_type}, importance_sampling_level {level}, beta"
    scores = []

    def reward(completions, **kwargs):
        scores[:] = [float(i % 3 == 0) for i in range(len(completions))]
        return scores

    torch.manual_seed(1)
    tokenizer = transformers.AutoTokenizer.from_pretrained("tests/fixtures/tiny_tokenizer")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=256))
    with tempfile.TemporaryDirectory(prefix="hir-goldens-") as folder:
        model.save_pretrained(f"{folder}/model")
        model = transformers.AutoModelForCausalLM.from_pretrained(f"{folder}/model")  # TRL loads the reference from it.
        cispo = loss_type == "cispo"  # Its epsilon_high is the bound itself.
        config = trl.GRPOConfig(
            output_dir=f"{folder}/run", use_cpu=True, bf16=False, seed=1, max_steps=2, num_iterations=2, learning_rate=5e-2,
            num_generations=4, per_device_train_batch_size=8, max_completion_length=s["max_response_tokens"],
            beta=s["kl_coef"], loss_type=loss_type, importance_sampling_level=level,
            epsilon=s["clip_ratio_low"] if not cispo else 0.2, epsilon_high=s["clip_ratio_high"] + (1 if cispo else 0),
            scale_rewards="group" if s["advantage"] == "grpo" else "none", gradient_checkpointing=False,
            use_bias_correction_kl=False, save_strategy="no", report_to="none", disable_tqdm=True)
        data = datasets.Dataset.from_dict({"prompt": ["Name a river.", "Name three colours."] * 2})
        trainer = Checked(model=model, reward_funcs=reward, args=config, train_dataset=data,
                          processing_class=tokenizer)
        trainer.settings, trainer.what = s, what
        generate = trainer._generate_and_score_completions

        def generate_and_check(inputs):
            outputs = generate(inputs)
            groups = [scores[i:i + 4] for i in range(0, len(scores), 4)]
            same(f"TRL, advantages with scale_rewards {config.scale_rewards}", outputs["advantages"],
                 [objective.group_advantage(score, group, s["advantage"], grpo_epsilon=1e-4)  # TRL's.
                  for group in groups for score in group], 1e-5)
            return outputs

        trainer._generate_and_score_completions = generate_and_check
        trainer.train()


def main():
    transformers.logging.set_verbosity_error()
    with open(objective.OUTPUT) as lines:
        cases = [json.loads(line) for line in lines]
    for case in cases:
        if case["kind"] == "objective":
            check_verl_advantages(case)
            check_verl_loss(case)
        elif case["kind"] == "entropy":
            check_verl_entropy(case)
        else:
            check_trl_overlong(case)
    check_trl("grpo", "token", {"advantage": "grpo", "aggregation": "seq-mean-token-mean"})
    check_trl("grpo", "sequence", {"advantage": "grpo", "aggregation": "seq-mean-token-mean", "loss": "gspo"})
    check_trl("dapo", "token", {"advantage": "grpo", "clip_ratio_high": 0.28})
    check_trl("dr_grpo", "token", {"advantage": "dr_grpo", "aggregation": "seq-mean-token-sum-norm"})
    check_trl("cispo", "token", {"advantage": "grpo", "loss": "cispo", "clip_ratio_low": 1, "clip_ratio_high": 1})
    for what, count in sorted(agreed.items()):
        print(f"{count:4d} agree: {what}")
    print(f"verl {verl.__version__}, TRL {trl.__version__}")


if __name__ == "__main__":
    main()
