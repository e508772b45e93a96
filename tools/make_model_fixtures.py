#!/usr/bin/env python3
"""Makes the small random models and expected logits of tests/fixtures/models.

Run by hand, with the Python of tools/setup_test.sh:

    .deps/transformers_python tools/make_model_fixtures.py tests/fixtures/models [--golden MODEL_DIR]

Each model gets its own Hugging Face folder with `expected.safetensors`, float32 tensors of
Transformers: `tokens` [N] and `logits` [N, vocabulary]; `gradient.NAME` of every parameter, of the
mean negative log-probability of the tokens; `greedy` [M] and `greedy_log_probs` [M], drawn after the
tokens with a cache. --golden writes `smollm2_golden.safetensors`:
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
GREEDY = 60
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
    # Windows shorter than the sequences, also than the part of them that is drawn.
    "mistral": (transformers.MistralConfig,
                dict(tie_word_embeddings=False, head_dim=16, sliding_window=20), {}),
    "mistral_without_window": (transformers.MistralConfig,
                               dict(tie_word_embeddings=False, sliding_window=None), {}),
    "gemma3": (
        transformers.Gemma3TextConfig,
        dict(num_hidden_layers=3, head_dim=16, query_pre_attn_scalar=24, sliding_window=12,
             layer_types=["sliding_attention", "full_attention", "sliding_attention"],
             rope_parameters=dict(
                 full_attention=dict(rope_type="linear", factor=4.0, rope_theta=1000.0),
                 sliding_attention=dict(rope_type="default", rope_theta=50.0))), {}),
    # Named as published: sliding_window_pattern and rope_local_base_freq.
    "gemma3_as_published": (
        transformers.Gemma3TextConfig,
        dict(head_dim=16, sliding_window=12, attention_bias=True, tie_word_embeddings=False,
             sliding_window_pattern=2), {}),
    "olmo2": (transformers.Olmo2Config, dict(eos_token_id=1), {}),
    "olmo2_with_biases": (transformers.Olmo2Config,
                          dict(attention_bias=True, tie_word_embeddings=True, eos_token_id=1), {}),
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
        from_zero = isinstance(config, transformers.Gemma3TextConfig)
        centre = 1.0 if name.endswith("norm.weight") and not from_zero else 0.0
        torch.nn.init.normal_(parameter, centre, scale)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, **save_options)
    for extra in folder.glob("generation_config.json"):
        extra.unlink()
    if folder.name == "llama_scaled":
        rewrite_rope_as_transformers_4(folder / "config.json")
    if folder.name == "gemma3_as_published":
        rewrite_gemma3_as_published(folder / "config.json")
    tokens = token_ids(TOKENS, VOCAB)
    greedy, log_probs = decode_greedily(model, tokens)
    expected = {"tokens": tokens.float(), "logits": logits_of(model, tokens),
                "greedy": greedy.float(), "greedy_log_probs": log_probs}
    for name, gradient in gradients_of(model, tokens).items():
        expected[f"gradient.{name}"] = gradient
    safetensors.torch.save_file(expected, folder / "expected.safetensors")


def decode_greedily(model, tokens):
    """The most likely tokens after `tokens`, one by one, with their log-probabilities."""
    cache, step, chosen, log_probs = None, tokens, [], []
    for _ in range(GREEDY):
        with torch.no_grad():
            out = model(input_ids=step.unsqueeze(0), past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        scores = out.logits[0, -1].log_softmax(-1)
        best = scores.topk(2)
        assert best.values[0] - best.values[1] > 2e-4, "two tokens are as likely as each other"
        step = best.indices[:1]
        chosen.append(best.indices[0])
        log_probs.append(best.values[0])
    return torch.stack(chosen), torch.stack(log_probs)


def gradients_of(model, tokens):
    model.zero_grad()
    logits = model(input_ids=tokens.unsqueeze(0)).logits[0, :-1]
    torch.nn.functional.cross_entropy(logits, tokens[1:]).backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}


def rewrite_rope_as_transformers_4(path):
    """The form in which Llama 3 checkpoints were published."""
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope
    path.write_text(json.dumps(config, indent=2) + "\n")


def rewrite_gemma3_as_published(path):
    """The form of google/gemma-3-1b-it."""
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope["full_attention"]["rope_theta"]
    config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
    config["rope_scaling"] = None
    for name in ("layer_types", "_sliding_window_pattern"):
        config.pop(name, None)
    config["sliding_window_pattern"] = 2
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
