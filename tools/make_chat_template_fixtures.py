#!/usr/bin/env python3
"""Writes Jinja2's results for the chat templates and expressions of tests/fixtures/tokenizer.

chat_template_expressions.jsonl: small templates under the variables of chat_template_variables.json.
chat_template_texts.jsonl: the templates of chat_templates/ under each of the conversations of
chat_template_conversations.json. Each row ends with the text that Jinja2 prints in the environment
that Transformers makes for chat templates, or with the error that it raises.

To add an expression, append {"template": "..."} to chat_template_expressions.jsonl; to add a template,
put a file into chat_templates/. Then run by hand, with the Python of tools/setup_test.sh:
  .deps/transformers_python tools/make_chat_template_fixtures.py
"""

import copy
import datetime
import json
import os
import warnings

import jinja2
from transformers.utils import chat_template_utils

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests/fixtures/tokenizer")
NOW = 1718454296  # 2024-06-15 12:24:56 UTC
SPECIAL_TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


class FixedNow(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc).replace(tzinfo=None)


def rendered(source, variables):
    """{"text": ...} or {"error": ...}; as Transformers compiles and renders, without its message checks."""
    try:
        # Not the function with a cache: a template can change its variables' lists, as indent does.
        template = chat_template_utils._compile_jinja_template.__wrapped__(source)
        text = template.render(**copy.deepcopy(variables))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    if " at 0x" in text:
        raise SystemExit(f"{source!r} prints an address, which no test can expect: {text}")
    return {"text": text}


def path(name):
    return os.path.join(ROOT, name)


def read_json(name):
    with open(path(name), encoding="utf-8") as file:
        return json.load(file)


def write_lines(name, rows):
    with open(path(name), "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=True) + "\n")
    errors = sum("error" in row for row in rows)
    print(f"{name}: {len(rows)} rows, {errors} of them errors")


def expression_rows():
    variables = read_json("chat_template_variables.json")
    with open(path("chat_template_expressions.jsonl"), encoding="utf-8") as file:
        templates = [json.loads(line)["template"] for line in file]
    return [{"template": t, **rendered(t, variables)} for t in dict.fromkeys(templates)]


def text_rows():
    conversations = read_json("chat_template_conversations.json")
    for file in sorted(os.listdir(path("chat_templates"))):
        with open(path(os.path.join("chat_templates", file)), encoding="utf-8", newline="") as stream:
            source = stream.read()
        for name, variables in conversations.items():
            yield {"template": file.removesuffix(".jinja"), "conversation": name,
                   **rendered(source, {**SPECIAL_TOKENS, **variables})}


def main():
    if jinja2.__version__ != "3.1.6":
        raise SystemExit(f"Jinja2 is {jinja2.__version__}, the fixtures are those of 3.1.6")
    warnings.simplefilter("ignore")
    chat_template_utils.datetime = FixedNow
    write_lines("chat_template_expressions.jsonl", expression_rows())
    write_lines("chat_template_texts.jsonl", list(text_rows()))


if __name__ == "__main__":
    main()
