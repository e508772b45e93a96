#!/usr/bin/env python3
"""Makes tools/goldens/weight_decay.json: parameters after updates by torch.optim.AdamW with two groups.

Run by hand, with the Python of tools/setup_test.sh:

    .deps/transformers_python tools/goldens/weight_decay.py tools/goldens/weight_decay.json

The model has matrices, norms and a bias. Only those parameters decay that Transformers' Trainer lets decay
(Trainer.get_decay_parameter_names, which TRL inherits). `tensors` are in the order of their names; each has its shape, its values
at first and after all updates, and its gradient in each of them, row-major. All is computed in float64.
"""

import json
import sys
import types

import torch
import transformers

LR, BETAS, EPS, DECAY, UPDATES = 0.05, (0.9, 0.999), 1e-8, 0.5, 3


class Norm(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(width))


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.input_layernorm = Norm(4)
        self.q_proj = torch.nn.Linear(4, 3)
        self.down_proj = torch.nn.Linear(6, 4, bias=False)


def main():
    torch.manual_seed(7)
    model = Block().double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter))
    decayed = transformers.Trainer.get_decay_parameter_names(types.SimpleNamespace(), model)
    named = sorted(model.named_parameters())
    tensors = [{"name": n, "shape": list(p.shape), "decays": n in decayed, "before": p.detach().flatten().tolist(),
                "gradients": []} for n, p in named]
    optimizer = torch.optim.AdamW(
        [{"params": [p for n, p in named if n in decayed], "weight_decay": DECAY},
         {"params": [p for n, p in named if n not in decayed], "weight_decay": 0.0}], lr=LR, betas=BETAS, eps=EPS)
    for _ in range(UPDATES):
        for entry, (_, parameter) in zip(tensors, named):
            parameter.grad = torch.randn_like(parameter)
            entry["gradients"].append(parameter.grad.flatten().tolist())
        optimizer.step()
    for entry, (_, parameter) in zip(tensors, named):
        entry["after"] = parameter.detach().flatten().tolist()
    golden = {"made_with": {"torch": torch.__version__, "transformers": transformers.__version__}, "lr": LR,
              "beta1": BETAS[0], "beta2": BETAS[1], "eps": EPS, "weight_decay": DECAY, "tensors": tensors}
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
