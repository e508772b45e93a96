"""Exits 0 when PEFT loads the adapters ADAPTER beside BASE and computes the model MERGED; 77 when PEFT is not installed."""

import sys

try:
    import peft
except ImportError:
    sys.exit(77)
import torch
import transformers


def load(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True).eval()


def main():
    base, adapter, merged = sys.argv[1:]
    adapted, expected = peft.PeftModel.from_pretrained(load(base), adapter).eval(), load(merged)
    tokens = torch.arange(20).unsqueeze(0)
    with torch.no_grad():
        wanted = expected(tokens).logits
        if torch.allclose(load(base)(tokens).logits, wanted, rtol=0, atol=1e-3):
            sys.exit("the adapters change nothing: the comparison would say nothing")
        if not torch.allclose(adapted(tokens).logits, wanted, rtol=0, atol=1e-5 * wanted.abs().max().item()):
            sys.exit("logits differ")
    left, right = adapted.merge_and_unload().state_dict(), expected.state_dict()
    if left.keys() != right.keys():
        sys.exit(f"names differ: {left.keys() ^ right.keys()}")
    for name, tensor in left.items():
        if not torch.allclose(tensor, right[name], rtol=0, atol=1e-6):
            sys.exit(f"{name} differs")


if __name__ == "__main__":
    main()
