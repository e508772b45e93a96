#!/usr/bin/env python3
"""Writes tests/fixtures/tokenizer/families: tokenizers of the kinds that model families have.

Each NAME.json is a tokenizer.json with a small vocabulary, NAME.jsonl has texts with their ids and
with what the ids decode to without special tokens, all of the Python library `tokenizers`. Kinds:
byte-pair encoding over SentencePiece's mark of a space that falls back to bytes, as Gemma has it
(spaces are replaced) and as Mistral had it first (one is put before the text, too); byte-level with
a pattern of its own, as OLMo 2 and newer Mistrals have it.

Run by hand when a case is added, with the Python of tools/setup_test.sh:
  .deps/transformers_python tools/make_family_tokenizer_fixtures.py
"""

import json
import os
import random

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers,
                        trainers)

from make_tokenizer_fixtures import SPACES, TEXTS, plane_texts

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests/fixtures/tokenizer/families")
SPACE = "\u2581"
SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<turn>"]
BYTES = [f"<0x{value:02X}>" for value in range(256)]
PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
           r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def train(normalizer, pre_tokenizer, alphabet=()):
    """The merges of a small vocabulary, and their tokens and characters in the trainer's order."""
    tokenizer = Tokenizer(models.BPE())
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(TEXTS[:30], trainers.BpeTrainer(
        vocab_size=420, show_progress=False, initial_alphabet=list(alphabet), limit_alphabet=260))
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    return tokens, [tuple(merge) for merge in model["merges"]]


def finish(tokenizer):
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return tokenizer


def with_bytes(normalizer, pre_tokenizer, decoder):
    tokens, merges = train(normalizer, pre_tokenizer)
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(SPECIAL + BYTES + tokens))}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.Sequence(decoder)
    return finish(tokenizer)


def gemma():
    return with_bytes(normalizers.Replace(" ", SPACE), pre_tokenizers.Split(" ", "merged_with_previous"),
                      [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()])


def mistral():
    return with_bytes(
        normalizers.Sequence([normalizers.Prepend(SPACE), normalizers.Replace(" ", SPACE)]),
        pre_tokenizers.Split(Regex(r"(?<=\n)"), "isolated"),
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])


def mistral_metaspace():
    return with_bytes(
        normalizers.NFC(), pre_tokenizers.Metaspace(SPACE, prepend_scheme="first", split=False),
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])


def olmo2():
    split = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False)])
    tokens, merges = train(None, split, pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(SPECIAL + tokens))}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=True))
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    return finish(tokenizer)


def cases(tokenizer):
    texts = [line.replace("\\n", "\n") for line in TEXTS[::2]] + SPACES + plane_texts(random.Random(22))[::3]
    texts += ["<bos><turn>user\nHi<turn>\n<turn>model\n", " <turn> x <eos>", "<turn", "a<pad><pad>b", "<0x41>"]
    for text in dict.fromkeys(texts):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        yield {"text": text, "ids": ids, "decoded": tokenizer.decode(ids)}


def main():
    os.makedirs(ROOT, exist_ok=True)
    for make in (gemma, mistral, mistral_metaspace, olmo2):
        tokenizer = make()
        path = os.path.join(ROOT, make.__name__)
        with open(path + ".json", "w", encoding="utf-8") as file:
            file.write(tokenizer.to_str())
        with open(path + ".jsonl", "w", encoding="utf-8") as file:
            for case in cases(tokenizer):
                file.write(json.dumps(case) + "\n")


if __name__ == "__main__":
    main()
