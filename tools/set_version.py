#!/usr/bin/env python3
"""Sets the version in every file that names it; with --check, reports where it differs from CMakeLists.txt's.

  tools/set_version.py 0.2.0
  tools/set_version.py --check
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A place where the version is expected; the text before it shows that it is HiR's.
PLACE = re.compile(r"(project\(hir VERSION |^(?:appV|v)ersion: |hir/[$a-z-]+:|HIR_VERSION(?::-|=)|^ARG VERSION=|hir-[a-z]+_)"
                   r"(\d+\.\d+\.\d+)", re.MULTILINE)
WHERE = ("CMakeLists.txt", "README.md", "deploy/**/*", "docker/**/*", "docker/.env.example", "docs/*.md")


def files(root):
    found = {path for pattern in WHERE for path in root.glob(pattern)}
    return sorted(path for path in found if path.is_file() and path.suffix != ".png")


def current(root):
    return re.search(r"project\(hir VERSION (\S+)", (root / "CMakeLists.txt").read_text())[1]


def stale(root):
    """Sentences about the files that name another version, and about a changelog that does not begin with it."""
    version = current(root)
    found = [f"{path.relative_to(root)} names version {match[2]} in '{match[0]}'."
             for path in files(root) for match in PLACE.finditer(path.read_text()) if match[2] != version]
    newest = re.search(r"^## (\S+)", (root / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    if newest != version:
        found.append(f"CHANGELOG.md begins with version {newest}.")
    return found


def set_version(root, version):
    for path in files(root):
        text = path.read_text()
        changed = PLACE.sub(lambda match: match[1] + version, text)
        if changed != text:
            path.write_text(changed)
            print(path.relative_to(root))


def main(arguments):
    if len(arguments) != 1 or not (arguments[0] == "--check" or re.fullmatch(r"\d+\.\d+\.\d+", arguments[0])):
        sys.exit("set_version: expected one argument, a version such as 0.2.0, or --check.")
    if arguments[0] != "--check":
        set_version(ROOT, arguments[0])
    elif found := stale(ROOT):
        sys.exit(f"set_version: CMakeLists.txt says {current(ROOT)}, but\n" + "\n".join(found) +
                 f"\nRun 'tools/set_version.py {current(ROOT)}', or give the changelog that version's section.")


if __name__ == "__main__":
    main(sys.argv[1:])
