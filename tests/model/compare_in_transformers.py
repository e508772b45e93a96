"""Exits 0 when Transformers loads both model folders with equal tensors and equal logits."""

import sys

import torch
import transformers


def load(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True).eval()


def main():
    first, second = load(sys.argv[1]), load(sys.argv[2])
    left, right = first.state_dict(), second.state_dict()
    if left.keys() != right.keys():
        sys.exit(f"names differ: {left.keys() ^ right.keys()}")
    for name, tensor in left.items():
        if not torch.equal(tensor, right[name]):
            sys.exit(f"{name} differs")
    tokens = torch.arange(20).unsqueeze(0)
    with torch.no_grad():
        if not torch.equal(first(tokens).logits, second(tokens).logits):
            sys.exit("logits differ: config.json says something else")


if __name__ == "__main__":
    main()
