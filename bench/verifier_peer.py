#!/usr/bin/env python3
"""Times the official Python checkers on a file of records: both modes (strict and loose), one thread,
CPU time, imports and data loading excluded.

  bench/verifier_peer.py ifeval|ifbench RECORDS.jsonl [--repetitions 2]

Prints {"responses", "constraints", "passes": [strict, loose], "seconds"}, the best repetition.
"""

import argparse
import importlib
import importlib.util
import json
import sys
import time
import types

import langdetect
import nltk

# The checkers call nltk.download repeatedly; the data is installed, or NLTK_DATA names it.
nltk.download = lambda *args, **kwargs: True
langdetect.DetectorFactory.seed = 0
REGISTRIES = {"ifeval": "lm_eval.tasks.ifeval.instructions_registry",
              "ifbench": "ifbench.instructions_registry"}


def load(suite):
    # ifbench loads a spaCy model that it never uses.
    spacy = types.ModuleType("spacy")
    spacy.cli = types.ModuleType("spacy.cli")
    spacy.cli.download = lambda *args, **kwargs: None
    spacy.load = lambda *args, **kwargs: None
    sys.modules.update({"spacy": spacy, "spacy.cli": spacy.cli})
    # The checkers are a subpackage of lm_eval; importing its parents would import all of it.
    root = importlib.util.find_spec("lm_eval").submodule_search_locations[0]
    for name in ("lm_eval", "lm_eval.tasks"):
        package = types.ModuleType(name)
        package.__path__ = [root + name.removeprefix("lm_eval").replace(".", "/")]
        sys.modules[name] = package
    return importlib.import_module(REGISTRIES[suite]).INSTRUCTION_DICT


def variants(response):
    lines = response.split("\n")
    cut = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    return [response, response.replace("*", ""), *cut, *(text.replace("*", "") for text in cut)]


def build(classes, kind, arguments):
    checker = classes[kind](kind)
    checker.build_description(**arguments)
    return checker


def passes(checker, text):
    try:
        return bool(text.strip() and checker.check_following(text))
    except Exception:  # Where it raises the run would end; here only the time counts.
        return False


def score(classes, record):
    """How many constraints pass, strictly and loosely."""
    strict = loose = 0
    for kind, arguments in zip(record["instruction_id_list"], record["kwargs"]):
        strict += passes(build(classes, kind, arguments), record["response"])
        checker = build(classes, kind, arguments)
        loose += any(passes(checker, text) for text in variants(record["response"]))
    return strict, loose


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", choices=sorted(REGISTRIES))
    parser.add_argument("records")
    parser.add_argument("--repetitions", type=int, default=2)
    args = parser.parse_args()
    with open(args.records) as lines:
        records = [json.loads(line) for line in lines]
    classes = load(args.suite)
    for record in records[:20]:
        score(classes, record)
    seconds = []
    for _ in range(args.repetitions):
        begin = time.process_time()
        scores = [score(classes, record) for record in records]
        seconds.append(time.process_time() - begin)
    print(json.dumps({"responses": len(records),
                      "constraints": sum(len(r["kwargs"]) for r in records),
                      "passes": [sum(column) for column in zip(*scores)],
                      "seconds": min(seconds)}))


if __name__ == "__main__":
    main()
