#!/usr/bin/env python3
"""Makes tests/fixtures/models/rope: what Transformers computes for every rope setting that HiR supports.

Run by hand, with the Python of tools/setup_test.sh, after tools/make_model_fixtures.py, whose
weights it uses:

    .deps/transformers_python tools/make_rope_fixtures.py tests/fixtures/models

cases.json has a list of cases: `name`, `weights` (a folder beside it), `config` (the whole
config.json), `lengths`, `cached` (pairs of prompt and whole length), `gradient_of` (a tensor).
expected.safetensors has float32 logits of a freshly loaded model:
  NAME.LENGTH          at positions(LENGTH), of one pass over tokens(LENGTH)
  NAME.PROMPT.LENGTH   of the last token of the prompt and of each later one, decoded with a cache
  NAME.gradient        of `gradient_of`, of the mean negative log-probability of tokens(longest)
"""

import json
import pathlib
import sys
import tempfile

import safetensors.torch
import torch
import transformers

VOCAB = 64
ROPE_FIELDS = ("rope_parameters", "rope_scaling", "rope_theta", "max_position_embeddings",
               "original_max_position_embeddings")
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=32)
SHORT = [1.0, 1.05, 1.1, 1.3, 1.6, 2.0, 2.5, 3.0]
LONG = [1.0, 1.4, 2.0, 3.5, 5.0, 8.0, 12.0, 20.0]


def case(name, lengths, weights="llama_scaled", cached=(), **fields):
    return dict(name=name, weights=weights, lengths=lengths, cached=list(cached), fields=fields)


CASES = [
    case("top_level_theta", [90], rope_theta=500.0, max_position_embeddings=128),
    case("theta_of_parameters_stands_first", [90], rope_theta=500.0, max_position_embeddings=128,
         rope_parameters=dict(rope_type="default", rope_theta=50.0)),
    case("scaling_beside_parameters", [24, 120], max_position_embeddings=128,
         rope_parameters=dict(rope_type="default", rope_theta=77.0), rope_scaling=YARN),
    case("empty_scaling_beside_parameters", [90], max_position_embeddings=128, rope_scaling={},
         rope_parameters=dict(rope_type="linear", factor=3.0, rope_theta=77.0)),
    case("linear_of_old_form", [48, 200], max_position_embeddings=64, rope_theta=1000.0,
         rope_scaling=dict(type="linear", factor=4.0)),
    case("rope_type_stands_before_type", [90], max_position_embeddings=128,
         rope_scaling=dict(type="linear", rope_type="default", factor=4.0)),
    case("dynamic", [48, 64, 65, 200], max_position_embeddings=64, rope_theta=1000.0,
         cached=[[40, 100], [80, 90]], rope_scaling=dict(rope_type="dynamic", factor=4.0)),
    case("yarn", [24, 120], max_position_embeddings=128,
         rope_parameters=dict(rope_theta=1000.0, **YARN), cached=[[20, 60]]),
    case("yarn_of_a_model_card", [48, 200], max_position_embeddings=64, rope_theta=1000.0,
         rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=64)),
    case("yarn_without_original", [48, 200], max_position_embeddings=64,
         rope_scaling=dict(rope_type="yarn", factor=4.0)),
    case("yarn_with_mscale", [24, 120], max_position_embeddings=128,
         rope_scaling=dict(mscale=0.707, mscale_all_dim=1.3, beta_fast=16, beta_slow=2, **YARN)),
    case("yarn_with_attention_factor", [24, 120], max_position_embeddings=128,
         rope_scaling=dict(attention_factor=0.8, truncate=False, **YARN)),
    case("yarn_with_original_at_the_top", [24, 120], max_position_embeddings=128,
         original_max_position_embeddings=16,
         rope_scaling=dict(rope_type="yarn", factor=None, original_max_position_embeddings=64)),
    case("yarn_of_qwen3", [24, 120], weights="qwen3", max_position_embeddings=128,
         rope_scaling=YARN, rope_theta=1e6),
    case("linear_of_qwen2", [90], weights="qwen2", max_position_embeddings=64, rope_theta=1e6,
         rope_scaling=dict(rope_type="linear", factor=2)),
    case("longrope", [60, 64, 65, 200], max_position_embeddings=256,
         original_max_position_embeddings=64, cached=[[50, 80], [70, 90]],
         rope_scaling=dict(type="longrope", short_factor=SHORT, long_factor=LONG)),
    case("longrope_with_attention_factor", [60, 200], max_position_embeddings=256,
         rope_parameters=dict(rope_type="longrope", short_factor=SHORT, long_factor=LONG,
                              rope_theta=5000.0, original_max_position_embeddings=64,
                              attention_factor=1.3)),
    case("longrope_with_factor", [60, 200], max_position_embeddings=256,
         rope_parameters=dict(rope_type="longrope", short_factor=SHORT, long_factor=LONG,
                              original_max_position_embeddings=64, factor=16.0)),
    case("llama3_without_original", [90], max_position_embeddings=128, rope_theta=500.0,
         rope_scaling=dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0,
                           high_freq_factor=4.0)),
]


def tokens(length):
    return torch.tensor([(i * i * 31 + i * 7 + 3) % VOCAB for i in range(length)])


def positions(length):
    return [0, length // 3, length // 2, length - 2, length - 1]


def load(folder, config):
    with tempfile.TemporaryDirectory() as copy:
        copy = pathlib.Path(copy)
        (copy / "config.json").write_text(json.dumps(config))
        (copy / "model.safetensors").symlink_to((folder / "model.safetensors").resolve())
        return transformers.AutoModelForCausalLM.from_pretrained(
            copy, dtype=torch.float32, attn_implementation="eager").eval()


def decode(model, prompt, length):
    ids = tokens(length)
    with torch.no_grad():
        out = model(input_ids=ids[:prompt].unsqueeze(0), use_cache=True)
        logits = [out.logits[0, -1]]
        for i in range(prompt, length):
            out = model(input_ids=ids[i:i + 1].unsqueeze(0), use_cache=True,
                        past_key_values=out.past_key_values)
            logits.append(out.logits[0, -1])
    return torch.stack(logits)


def gradient(model, name, length):
    ids = tokens(length).unsqueeze(0)
    logits = model(input_ids=ids).logits[0, :-1]
    torch.nn.functional.cross_entropy(logits, ids[0, 1:]).backward()
    return model.get_parameter(name).grad


def make(case, root, expected):
    folder = root / case["weights"]
    config = json.loads((folder / "config.json").read_text())
    config = {key: value for key, value in config.items() if key not in ROPE_FIELDS}
    config.update(case.pop("fields"))
    case["config"] = config
    case["gradient_of"] = ("model.layers.0.self_attn.q_norm.weight"
                           if case["weights"] == "qwen3" else "model.layers.0.self_attn.q_proj.bias")
    for length in case["lengths"]:
        with torch.no_grad():
            logits = load(folder, config)(input_ids=tokens(length).unsqueeze(0)).logits[0]
        expected[f"{case['name']}.{length}"] = logits[positions(length)].contiguous()
    for prompt, length in case["cached"]:
        expected[f"{case['name']}.{prompt}.{length}"] = decode(load(folder, config), prompt, length)
    expected[f"{case['name']}.gradient"] = gradient(
        load(folder, config), case["gradient_of"], case["lengths"][-1])


def main():
    root = pathlib.Path(sys.argv[1])
    expected = {}
    for one in CASES:
        make(one, root, expected)
    (root / "rope").mkdir(exist_ok=True)
    (root / "rope" / "cases.json").write_text(json.dumps(CASES) + "\n")
    safetensors.torch.save_file(expected, root / "rope" / "expected.safetensors")


if __name__ == "__main__":
    main()
