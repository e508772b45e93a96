#!/usr/bin/env python3
"""Writes tests/fixtures/tokenizer/folders.jsonl: how Transformers reads the files of a model folder.

Each line is a folder: the tiny tokenizer, with another post-processor where the line has one, beside
the files of the line; then the special tokens by name, and for some texts their ids without
(`ids`) and with what the post-processor adds (`prompt`, without what it adds at the end).

Run by hand when a case is added, with the Python of tools/setup_test.sh:
  .deps/transformers_python tools/make_folder_fixtures.py
"""

import json
import os
import tempfile

from transformers import AutoTokenizer

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests/fixtures")
CLASS = {"tokenizer_class": "PreTrainedTokenizerFast"}
TEXTS = ["Hi <think> a</think> b", "x </s> <s>y  <pad>", "<|im_start|>Hi<|im_end|>  ", "@ a<a>", ""]


def token(content, **flags):
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False,
            "single_word": False, **flags}


def typed(content, **flags):
    return {"__type": "AddedToken", **token(content, **flags)}


def template(before, after):
    special = lambda name: {"SpecialToken": {"id": name, "type_id": 0}}
    sequence = lambda name, kind: {"Sequence": {"id": name, "type_id": kind}}
    single = [special(t) for t in before] + [sequence("A", 0)] + [special(t) for t in after]
    ids = {"<|im_start|>": 256, "<|im_end|>": 257}
    return {"type": "TemplateProcessing", "single": single, "pair": single + [sequence("B", 1)],
            "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in ids.items()}}


def config(**fields):
    return {"tokenizer_config.json": {**CLASS, **fields}}


def special_map(**fields):
    return {"special_tokens_map.json": fields}


def decoder(tokens, **fields):
    return config(eos_token="<|im_end|>", **fields, added_tokens_decoder=tokens)


FOLDERS = {
    "tokenizer.json alone": {},
    "names in the map alone": {**config(), **special_map(bos_token=token("<|im_start|>"), eos_token="<|im_end|>")},
    "the map without a configuration": special_map(bos_token=token("<|im_start|>"), eos_token="<|im_end|>"),
    "the map goes before the configuration": {
        **config(eos_token="<|im_start|>", pad_token="!"), **special_map(eos_token="<|im_end|>")},
    "null in the map takes a name away": {**config(eos_token="<|im_end|>"), **special_map(eos_token=None)},
    "the map is not read beside added_tokens_decoder": {
        **decoder({"258": token("<think>")}, bos_token="<|im_start|>"), **special_map(bos_token="<|im_end|>")},
    "the map is not read beside an empty added_tokens_decoder": {
        **decoder({}), **special_map(eos_token="<|im_start|>", bos_token="<|im_end|>")},
    "names of unknown tokens": config(eos_token="</s>", bos_token="<s>", pad_token="<pad>"),
    "one unknown token with two names": config(eos_token="</s>", pad_token="</s>"),
    "a name in the vocabulary that is no added token": config(pad_token="@"),
    "an object in the map with flags": {
        **config(), **special_map(eos_token=token("</s>", lstrip=True, rstrip=True, normalized=True))},
    "a typed object in the configuration": config(eos_token=typed("</s>", lstrip=True)),
    "additional tokens": config(additional_special_tokens=["<think>", "</think>", "<|im_end|>"]),
    "additional tokens as objects": config(
        additional_special_tokens=[typed("<think>", special=False, rstrip=True), "</think>"]),
    "additional tokens in the map": {**config(), **special_map(additional_special_tokens=["<think>", "</think>"])},
    "additional tokens in both": {
        **config(additional_special_tokens=["<pad>"]), **special_map(additional_special_tokens=["<think>"])},
    "extra tokens in both": {
        **config(extra_special_tokens=["<pad>"]), **special_map(extra_special_tokens=["<think>", token("</think>")])},
    "extra tokens by name": config(extra_special_tokens={"think_token": "<think>"}),
    "extra tokens by name in the map": {**config(), **special_map(extra_special_tokens={"think_token": "<think>"})},
    "extra tokens by names of any kind": config(
        bos_token="</s>", extra_special_tokens={"think_token": "<think>", "end": "</think>", "x": "</s>"}),
    "one unknown token with two names and two kinds of flags": config(
        eos_token=typed("</s>", rstrip=True), pad_token=typed("</s>", lstrip=True), sep_token="<pad>"),
    "an extra token that is also named": config(
        pad_token="<pad>", eos_token="</s>", additional_special_tokens=[typed("<pad>", lstrip=True), "</think>"]),
    "an extra token twice": config(extra_special_tokens=[typed("<think>", special=False), "<think>"]),
    "a name of the model's own": config(image_token="<think>"),
    "a name of the model's own as an object": config(image_token=typed("<think>", special=False)),
    "missing tokens with their flags": decoder(
        {"259": token("</think>", special=True, rstrip=True), "258": token("<think>", special=False, lstrip=True)}),
    "a normalized token and one that is a word": decoder(
        {"258": token("<think>", special=False, normalized=True), "259": token("a", special=False, single_word=True)}),
    "ids in another order than numbers": decoder(
        {"260": token("<a>", special=False), "258": token("<think>", special=False), "259": token("</think>", special=False)}),
    "other flags than in tokenizer.json": decoder(
        {"256": token("<|im_start|>", special=False, rstrip=True), "257": token("<|im_end|>", special=True)}),
    "a token of the vocabulary": decoder({"31": token("@", special=False, lstrip=True)}),
    "a token of the vocabulary under another id": decoder({"99": token("@", special=False, lstrip=True)}),
    "a name makes a token special": decoder({"258": token("</s>", special=False)}, bos_token="</s>"),
    "only the text of a token": decoder({"258": {"content": "<think>"}}),
    "added_tokens.json": {**config(eos_token="</think>"), "added_tokens.json": {"</think>": 259, "<think>": 258}},
    "added_tokens.json repeats tokenizer.json": {
        **config(), "added_tokens.json": {"<|im_start|>": 256, "<|im_end|>": 257, "<think>": 258}},
}
for name, processor in {"none": None, "begin": template(["<|im_start|>"], []), "end": template([], ["<|im_end|>"]),
                        "both": template(["<|im_start|>"], ["<|im_end|>"]),
                        "two": template(["<|im_start|>", "<|im_end|>"], []),
                        "bert": {"type": "BertProcessing", "sep": ["<|im_end|>", 257], "cls": ["<|im_start|>", 256]},
                        "in a sequence": {"type": "Sequence", "processors": [
                            {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
                            template(["<|im_start|>"], ["<|im_end|>"])]}}.items():
    for add in (None, True, False):
        flags = {} if add is None else {"add_bos_token": add, "add_eos_token": add}
        FOLDERS[f"post-processor {name}, add_bos_token {add}"] = {
            **config(bos_token="<|im_start|>", eos_token="<|im_end|>", **flags), "post_processor": processor}


def expected(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    bare = lambda text: tokenizer(text, add_special_tokens=False).input_ids
    whole = tokenizer("a").input_ids
    prefix = whole[:len(whole) - len(whole[whole.index(bare("a")[0]):])]
    texts = []
    for text in TEXTS:
        ids = bare(text)
        assert tokenizer(text).input_ids[:len(prefix) + len(ids)] == prefix + ids
        texts.append({"text": text, "ids": ids, "prompt": prefix + ids,
                      "decoded": tokenizer.decode(ids, skip_special_tokens=True)})
    return {"names": tokenizer.special_tokens_map, "texts": texts}


def main():
    with open(os.path.join(ROOT, "tiny_tokenizer/tokenizer.json"), encoding="utf-8") as file:
        tiny = json.load(file)
    lines = []
    for case, files in FOLDERS.items():
        files = dict(files)
        line = {"case": case}
        if "post_processor" in files:
            line["post_processor"] = files.pop("post_processor")
        written = {"tokenizer.json": {**tiny, **{k: v for k, v in line.items() if k != "case"}}, **files}
        with tempfile.TemporaryDirectory() as folder:
            for name, content in written.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    json.dump(content, file)
            lines.append(json.dumps({**line, "files": files, **expected(folder)}, ensure_ascii=False))
    with open(os.path.join(ROOT, "tokenizer/folders.jsonl"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
