#!/usr/bin/env python3
"""Times TRL's GRPO trainer on the work of train.trl_step: the prompts of a file, 8 responses of exactly 128 tokens to
each, rewards that differ, one update of bf16 weights, KL to a reference.

  bench/trl_peer.py MODEL_DIR INSTRUCTIONS.jsonl [--steps 2] [--micro-batch 16]

Prints {"seconds_per_step", "micro_batch"}: the median of the steps after the first, which warms up.
"""

import argparse
import json
import os
import statistics
import tempfile
import time

import datasets
import torch
import transformers
import trl

RESPONSES = 8
TOKENS = 128


class StepTimes(transformers.TrainerCallback):
    def __init__(self):
        self.begun, self.seconds = None, []

    def on_step_begin(self, args, state, control, **kwargs):
        self.begun = self.begun or time.perf_counter()

    def on_step_end(self, args, state, control, **kwargs):
        now = time.perf_counter()
        self.seconds.append(now - self.begun)
        self.begun = now


class Rewards:
    """Half of the responses are rewarded; counts the tokens that were trained on."""
    __name__ = "half"

    def __init__(self):
        self.tokens = 0

    def __call__(self, completions, completion_ids, **kwargs):
        self.tokens += sum(len(ids) for ids in completion_ids)
        return [float(i % 2) for i in range(len(completions))]


def prompt_of(record):
    text = " ".join([record["question"], *(constraint["text"] for constraint in record["constraints"])])
    return [{"role": "user", "content": text}]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("instructions")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--micro-batch", type=int, default=16)
    args = parser.parse_args()
    torch.set_num_threads(os.cpu_count())
    transformers.logging.set_verbosity_error()
    with open(args.instructions) as lines:
        prompts = [prompt_of(json.loads(line)) for line in lines]
    data = datasets.Dataset.from_dict({"prompt": prompts})
    model = transformers.AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.bfloat16)
    tokenizer = transformers.AutoTokenizer.from_pretrained(args.model)
    batch = len(prompts) * RESPONSES
    times, rewards = StepTimes(), Rewards()
    with tempfile.TemporaryDirectory(prefix="hir-bench-") as folder:
        config = trl.GRPOConfig(
            output_dir=folder, use_cpu=True, bf16=False, seed=1, max_steps=1 + args.steps, learning_rate=1e-6,
            num_generations=RESPONSES, per_device_train_batch_size=args.micro_batch,
            gradient_accumulation_steps=batch // args.micro_batch, steps_per_generation=batch // args.micro_batch,
            max_completion_length=TOKENS, generation_kwargs={"min_new_tokens": TOKENS}, beta=0.001,
            gradient_checkpointing=False, save_strategy="no", report_to="none", logging_steps=1, disable_tqdm=True)
        trainer = trl.GRPOTrainer(model=model, reward_funcs=rewards, args=config, train_dataset=data,
                                  processing_class=tokenizer, callbacks=[times])
        before = next(model.parameters()).detach().clone()
        trainer.train()
    due = (1 + args.steps) * batch * TOKENS
    if rewards.tokens != due or torch.equal(before, next(model.parameters()).detach()):
        raise SystemExit(f"trl_peer: {rewards.tokens} tokens of {due} were made, or no weight changed")
    print(json.dumps({"seconds_per_step": statistics.median(times.seconds[1:]), "micro_batch": args.micro_batch}))


if __name__ == "__main__":
    main()
