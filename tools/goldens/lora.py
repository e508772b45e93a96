#!/usr/bin/env python3
"""Makes tools/goldens/lora: adapters of PEFT beside a small model, and PEFT's logits and gradients.

Run by hand, with the Python of tools/setup_test.sh:

    .deps/transformers_python tools/goldens/lora.py tests/fixtures/models/llama tools/goldens/lora

Writes the folder that PEFT's save_pretrained() makes, and in it expected.safetensors, float32: `tokens` [N]; `logits` [N, vocabulary]
of the adapted model; `gradient.MODULE.lora_A` and `gradient.MODULE.lora_B` of the mean negative log-probability of the
tokens. Both matrices of every adapter are random, since no gradient reaches A
while B is 0.
"""

import pathlib
import sys

import peft
import safetensors.torch
import torch
import transformers

TOKENS = 24


def main():
    base, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    torch.manual_seed(11)
    model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="eager")
    vocabulary = model.config.vocab_size
    tokens = torch.tensor([(i * i * 31 + i * 7 + 3) % vocabulary for i in range(TOKENS)])
    tensors = {"tokens": tokens.float()}
    model = peft.get_peft_model(model, peft.LoraConfig(r=4, lora_alpha=6, target_modules="all-linear",
                                                       task_type="CAUSAL_LM"))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.2)
    logits = model(input_ids=tokens.unsqueeze(0)).logits[0]
    torch.nn.functional.cross_entropy(logits[:-1], tokens[1:]).backward()
    tensors["logits"] = logits.detach().clone()
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            module = name.removeprefix("base_model.model.").removesuffix(".default.weight")
            tensors["gradient." + module] = parameter.grad.clone()
    model.save_pretrained(output)
    (output / "README.md").unlink(missing_ok=True)
    safetensors.torch.save_file(tensors, output / "expected.safetensors")


if __name__ == "__main__":
    main()
