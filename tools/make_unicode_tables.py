"""Writes hir/text/python/unicode_tables.inc: the character properties of CPython 3.11 (Unicode 14.0).

Every table is asked of the interpreter itself (str methods and the re module), so the C++ side
agrees with it by construction. Run: python3.11 tools/make_unicode_tables.py > hir/text/python/unicode_tables.inc
"""

import re
import sys
import unicodedata
from re import _casefix

import _sre

LAST = 0x10FFFF
CHARS = [chr(c) for c in range(LAST + 1)]


def ranges(holds):
    """The code points for which `holds(char)`, as inclusive (first, last) pairs."""
    out = []
    for code, char in enumerate(CHARS):
        if holds(char):
            if out and out[-1][1] == code - 1:
                out[-1][1] = code
            else:
                out.append([code, code])
    return out


def runs(mapping):
    """A {code: other code} map as runs (first, last, step, delta) of equal delta."""
    out = []
    for code in sorted(mapping):
        delta = mapping[code] - code
        if out and out[-1][3] == delta:
            run = out[-1]
            step = code - run[1]
            if step in (1, 2) and (run[0] == run[1] or run[2] == step):
                run[1], run[2] = code, step
                continue
        out.append([code, code, 1, delta])
    return out


def split_case_map(change):
    """Single-code-point changes, and the longer ones as {code: codes}."""
    single, multiple = {}, {}
    for code, char in enumerate(CHARS):
        other = change(char)
        if len(other) == 1:
            if other != char:
                single[code] = ord(other)
        else:
            multiple[code] = [ord(c) for c in other]
    return single, multiple


def fold_map():
    """{code: representative} of the classes that are equal for `re` under IGNORECASE."""
    out = {}
    for code in range(LAST + 1):
        lower = _sre.unicode_tolower(code)
        representative = min((lower, *_casefix._EXTRA_CASES.get(lower, ())))
        if representative != code:
            out[code] = representative
    return out


def rows(cells, per_row=6):
    for at in range(0, len(cells), per_row):
        yield "    " + " ".join(cells[at:at + per_row])


def emit(kind, name, cells):
    print(f"constexpr {kind} {name}[] = {{")
    print("\n".join(rows(cells)))
    print("};")


def emit_ranges(name, holds):
    emit("CodeRange", name, [f"{{0x{a:X}, 0x{b:X}}}," for a, b in ranges(holds)])


def emit_runs(name, mapping):
    emit("CaseRun", name, [f"{{0x{a:X}, 0x{b:X}, {s}, {d}}}," for a, b, s, d in runs(mapping)])


def emit_multiple(name, mapping):
    cells = []
    for code, others in sorted(mapping.items()):
        padded = others + [0] * (3 - len(others))
        cells.append(f"{{0x{code:X}, {{{', '.join(f'0x{o:X}' for o in padded)}}}}},")
    emit("LongCase", name, cells)


def final_sigma(text):
    return text.lower().endswith("\u03c2")


def cased_before_sigma(char):
    return final_sigma(char + "\u03a3")


def main():
    if sys.version_info[:2] != (3, 11) or unicodedata.unidata_version != "14.0.0":
        sys.exit("make_unicode_tables.py needs CPython 3.11 (Unicode 14.0.0).")
    print("// Made by tools/make_unicode_tables.py from CPython 3.11, Unicode 14.0.0. Do not edit.")
    print("// clang-format off")
    for name, pattern in (("kSpace", r"\s"), ("kWord", r"\w"), ("kDecimal", r"\d")):
        emit_ranges(name, re.compile(pattern).match)
    emit_ranges("kAlpha", str.isalpha)
    emit_ranges("kDigit", str.isdigit)
    emit_ranges("kUpper", str.isupper)
    emit_ranges("kLower", str.islower)
    emit_ranges("kPrintable", str.isprintable)
    emit_ranges("kTitle", lambda c: unicodedata.category(c) == "Lt")
    emit_ranges("kSigmaCased", cased_before_sigma)
    emit_ranges("kSigmaIgnored",
                lambda c: final_sigma("A" + c + "\u03a3") and not cased_before_sigma(c))
    for name, change in (("Lower", str.lower), ("Upper", str.upper)):
        single, multiple = split_case_map(change)
        emit_runs(f"kTo{name}", single)
        emit_multiple(f"kTo{name}Long", multiple)
    emit_runs("kFold", fold_map())
    print("// clang-format on")


if __name__ == "__main__":
    main()
