"""Writes hir/text/python/nfkd_ascii.inc: what of each character is left when CPython 3.11 (Unicode 14.0)
decomposes it (NFKD) and drops everything that is not ASCII. Combining marks may change their order
when a text is normalised, ASCII never does, so a table by character is enough.

Run: python3.11 tools/make_nfkd_ascii.py > hir/text/python/nfkd_ascii.inc
"""

import sys
import unicodedata

LAST = 0x10FFFF


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main():
    assert unicodedata.unidata_version == "14.0.0", sys.version
    print("// Made by tools/make_nfkd_ascii.py from Unicode 14.0.0. Do not edit.\n// clang-format off")
    print("constexpr AsciiForm kAsciiForms[] = {")
    line = "   "
    for code in range(0x80, LAST + 1):
        left = unicodedata.normalize("NFKD", chr(code)).encode("ascii", "ignore").decode()
        if not left:
            continue
        entry = f" {{0x{code:X}, {quoted(left)}}},"
        if len(line) + len(entry) > 100:
            print(line)
            line = "   "
        line += entry
    print(line)
    print("};\n// clang-format on")


if __name__ == "__main__":
    main()
