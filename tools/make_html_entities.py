"""Writes rust/hir_tokenizer/src/jinja/html_entities.rs: the HTML 5 entities and the character
references out of order that CPython's html.unescape knows.

Run: python3.11 tools/make_html_entities.py > rust/hir_tokenizer/src/jinja/html_entities.rs
"""

import html
from html.entities import html5


def literal(text):
    return '"' + "".join(c if c in "&<>" or c.isalnum() and c.isascii() or c == ";" else
                         f"\\u{{{ord(c):x}}}" for c in text) + '"'


def table(comment, name, kind, entries):
    print(f"\n/// {comment}\npub const {name}: [({kind}, &str); {len(entries)}] = [")
    line = "   "
    for key, value in sorted(entries):
        entry = f" ({key}, {literal(value)}),"
        if len(line) + len(entry) > 110:
            print(line)
            line = "   "
        line += entry
    print(f"{line}\n];")


def main():
    print("//! Made by tools/make_html_entities.py. Do not edit.")
    table("Names after the &, in order.", "NAMES", "&str",
          [(literal(name), text) for name, text in html5.items()])
    table("Numbers that don't stand for the character of that number, in order.", "NUMBERS", "u32",
          [(number, text) for number, text in html._invalid_charrefs.items()])


main()
