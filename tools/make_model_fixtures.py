#!/usr/bin/env python3
"""Makes the small random models and expected logits of tests/fixtures/models.

Run by hand, with the Python of tools/setup_test.sh:

    .deps/transformers_python tools/make_model_fixtures.py tests/fixtures/models [--golden MODEL_DIR]

Each model gets its own Hugging Face folder with `expected.safetensors`: float32 tensors `tokens`
[N] and `logits` [N, vocabulary] of Transformers. --golden writes `smollm2_golden.safetensors`:
logits of a real model at a strided subset of the vocabulary, for a few positions.
"""

import argparse
import json
import pathlib
import shutil

import safetensors.torch
import torch
import transformers

VOCAB = 64
TOKENS = 24
GOLDEN_STRIDE = 37
GOLDEN_POSITIONS = [0, 1, 7, 23, 47]
SMALL = dict(vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
             num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=128)
LLAMA3_ROPE = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                   original_max_position_embeddings=16)
MODELS = {
    "llama": (transformers.LlamaConfig, dict(tie_word_embeddings=True), {}),
    "llama_scaled": (
        transformers.LlamaConfig,
        dict(tie_word_embeddings=False, attention_bias=True, head_dim=16,
             rope_parameters=dict(rope_theta=500.0, **LLAMA3_ROPE)), {}),
    "qwen2": (transformers.Qwen2Config, dict(tie_word_embeddings=True), {}),
    "qwen2_sharded": (transformers.Qwen2Config,
                      dict(tie_word_embeddings=False, num_key_value_heads=4),
                      dict(max_shard_size="30KB")),
    "qwen3": (transformers.Qwen3Config, dict(tie_word_embeddings=False, head_dim=16), {}),
}


def token_ids(count, vocabulary):
    """A fixed sequence without a pattern that could hide a fault."""
    return torch.tensor([(i * i * 31 + i * 7 + 3) % vocabulary for i in range(count)])


def logits_of(model, tokens):
    with torch.no_grad():
        return model(input_ids=tokens.unsqueeze(0)).logits[0].float()


def make_model(folder, config_class, fields, save_options):
    torch.manual_seed(len(folder.name))
    config = config_class(**{**SMALL, **fields})
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    model = model.float().eval()
    for name, parameter in model.named_parameters():
        # Norms and biases other than 1 and 0, so that leaving one out is visible.
        scale = 0.2 if parameter.dim() == 1 else 0.15
        centre = 1.0 if name.endswith("norm.weight") else 0.0
        torch.nn.init.normal_(parameter, centre, scale)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, **save_options)
    for extra in folder.glob("generation_config.json"):
        extra.unlink()
    if folder.name == "llama_scaled":
        rewrite_rope_as_transformers_4(folder / "config.json")
    tokens = token_ids(TOKENS, VOCAB)
    safetensors.torch.save_file(
        {"tokens": tokens.float(), "logits": logits_of(model, tokens)},
        folder / "expected.safetensors")


def rewrite_rope_as_transformers_4(path):
    """The form in which Llama 3 checkpoints were published."""
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope
    path.write_text(json.dumps(config, indent=2) + "\n")


def make_golden(model_folder, path):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        model_folder, dtype=torch.float32, attn_implementation="eager").eval()
    tokens = token_ids(max(GOLDEN_POSITIONS) + 1, model.config.vocab_size)
    logits = logits_of(model, tokens)[GOLDEN_POSITIONS]
    safetensors.torch.save_file(
        {"tokens": tokens.float(), "positions": torch.tensor(GOLDEN_POSITIONS).float(),
         "logits": logits[:, ::GOLDEN_STRIDE].contiguous(), "largest": logits.abs().amax(1)}, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--golden", type=pathlib.Path)
    options = parser.parse_args()
    for name, (config_class, fields, save_options) in MODELS.items():
        make_model(options.output / name, config_class, fields, save_options)
    if options.golden:
        make_golden(options.golden, options.output / "smollm2_golden.safetensors")


if __name__ == "__main__":
    main()
