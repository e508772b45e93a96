#!/usr/bin/env python3
"""Fetches the data of the text library: NLTK's English lists, langdetect's profiles and more.

    fetch_text_data.py OUT_DIR

Downloads five pinned archives from the package index, checks the archives and every file taken out
of them against the hashes below, and writes OUT_DIR:

    punkt_abbreviations.txt, punkt_collocations.tab, punkt_starters.txt, punkt_ortho.tab
                      NLTK punkt_tab, English, byte for byte
    stopwords.txt     NLTK stopwords, English, byte for byte
    syllables.tab     syllapy: a word, a tab, its syllables; sorted
    emoji.txt         emoji: the code points that are one emoji by themselves, hexadecimal, sorted
    zhcdict.json      zhconv: its tables, from MediaWiki, byte for byte
    langdetect.bin    profiles and character tables of langdetect, see pack_langdetect()
    PINS              hash of everything pinned here; OUT_DIR is complete if it matches

OUT_DIR appears by a rename, so it is complete or absent. Nothing is done when it is complete.
The programs link these files, see hir/text/lexicon/CMakeLists.txt; none is read at run time but
zhcdict.json, which is under the GPL: it is there for the tests.
"""

import argparse
import hashlib
import io
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile

FORMAT = 2

# requirement -> (archive, its SHA-256)
ARCHIVES = {
    "llama-index-core==0.14.25": (
        "llama_index_core-0.14.25-py3-none-any.whl",
        "caa7d9c5ac9b13dc33400cf8d5e92e689b6d1e4497eb9bfa50d6f52ca2eb22a1"),
    "langdetect==1.0.9": (
        "langdetect-1.0.9.tar.gz",
        "cbc1fef89f8d062739774bd51eda3da3274006b3661d199c2655f6b3f6d605a0"),
    "syllapy==0.7.2": (
        "syllapy-0.7.2-py3-none-any.whl",
        "198a7413033c32d7b31e21962efb3f284bcea80d3346e954b938ca1ebe6bee20"),
    "emoji==2.15.0": (
        "emoji-2.15.0-py3-none-any.whl",
        "205296793d66a89d88af4688fa57fd6496732eb48917a87175a023c8138995eb"),
    "zhconv==1.4.3": (
        "zhconv-1.4.3.tar.gz",
        "ad42d9057ca0605f8e41d62b67ca797f879f58193ee6840562c51459b2698c45"),
}

# member of the llama-index-core wheel -> (file name in OUT_DIR, SHA-256)
NLTK_CACHE = "llama_index/core/_static/nltk_cache/"
NLTK_FILES = {
    "tokenizers/punkt_tab/english/abbrev_types.txt": (
        "punkt_abbreviations.txt",
        "92a3e070f43d9b4c5534758ca40ad7343b04e7e29bfe0c2eb658a39445a4f779"),
    "tokenizers/punkt_tab/english/collocations.tab": (
        "punkt_collocations.tab",
        "8e2da1225e4dd2cc9dba261ee231ccb134859e21b46006e7f472c5ee269af0cf"),
    "tokenizers/punkt_tab/english/sent_starters.txt": (
        "punkt_starters.txt",
        "f3f8535483e1dba487241b764945168123bca3209a9645e59acd1225dc76edac"),
    "tokenizers/punkt_tab/english/ortho_context.tab": (
        "punkt_ortho.tab",
        "4bbcca25ed3d3f06c02402abf8419b9f033b8adc06e7b482eca4e45f81a5dc4c"),
    "corpora/stopwords/english": (
        "stopwords.txt",
        "f6d005956f407dbc6ea32e5ff0c7e8e6f71488d3239b9023efdc7fc139d6375b"),
}

LANGDETECT_PROPERTIES_SHA256 = "0b21c8d7329e50acf3ddcb3906fa412cdc0f7dab6b44905a27716dfe086ef5ec"
LANGDETECT_BIN_SHA256 = "d487ea9ccc9c42c27094106324e066c57e4ed5895732a617c13977617feafb57"


def check(what, data, expected):
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise SystemExit(f"{what}: SHA-256 is {found}, expected {expected}; nothing was installed.")


def pins():
    text = json.dumps([FORMAT, ARCHIVES, NLTK_FILES, LANGDETECT_PROPERTIES_SHA256,
                       LANGDETECT_BIN_SHA256], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest() + "\n"


def download(folder):
    """Downloads the archives into `folder` and returns {archive name: bytes}."""
    lines = [f"{name} --hash=sha256:{sha256}" for name, (_, sha256) in ARCHIVES.items()]
    requirements = folder / "requirements.txt"
    requirements.write_text("\n".join(lines) + "\n")
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                    "--disable-pip-version-check", "--require-hashes", "-r", str(requirements),
                    "-d", str(folder)], check=True)
    archives = {}
    for archive, sha256 in ARCHIVES.values():
        data = (folder / archive).read_bytes()
        check(archive, data, sha256)
        archives[archive] = data
    return archives


def nltk_files(wheel):
    """Returns {output file name: bytes} for NLTK's files in the llama-index-core wheel."""
    files = {}
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for member, (name, sha256) in NLTK_FILES.items():
            files[name] = archive.read(NLTK_CACHE + member)
            check(member, files[name], sha256)
    return files


def read_langdetect(sdist):
    """Returns ({language: profile}, {property: text}) of the langdetect source archive."""
    root = "langdetect-1.0.9/langdetect/"
    profiles = {}
    with tarfile.open(fileobj=io.BytesIO(sdist)) as archive:
        for member in archive.getmembers():
            if member.isfile() and member.name.startswith(root + "profiles/"):
                profile = json.load(archive.extractfile(member))
                profiles[profile["name"]] = profile
        raw = archive.extractfile(root + "utils/messages.properties").read()
    check("messages.properties", raw, LANGDETECT_PROPERTIES_SHA256)
    properties = {}
    for line in raw.decode("ascii").splitlines():
        key, _, value = line.strip().partition("=")
        properties[key] = value.encode().decode("unicode_escape")
    return profiles, properties


def cjk_map(properties):
    """Maps each character of a similar-kanji class to the first character of that class."""
    mapping = {}
    for key, chars in properties.items():
        if key.startswith("NGram.KANJI_"):
            mapping.update({char: chars[0] for char in chars})
    return mapping


def vietnamese_pairs(properties):
    """Maps (base letter, combining mark) to the composed letter."""
    letters = properties["TO_NORMALIZE_VI_CHARS"]
    marks = properties["DMARK_CLASS"]
    return {(letter, mark): properties[f"NORMALIZED_VI_CHARS_{ord(mark):04X}"][i]
            for mark in marks for i, letter in enumerate(letters)}


def pack_langdetect(profiles, properties):
    """Packs the profiles into one little-endian file.

        u32 magic "HLD1", languages L, n-grams N, entries E, CJK pairs C, Vietnamese triples V
        L x 8 bytes: language code, zero-padded, sorted
        L x 3 u32:   n-grams of length 1, 2, 3 seen in training
        N x u64:     n-gram, sorted: code points, 21 bits each, last character in the lowest bits
        N x u8:      languages that have the n-gram
        E x u8:      language, ascending within an n-gram
        E x u32:     how often the language has it
        C x 2 u32:   ideograph, its representative, sorted
        V x 3 u32:   letter, combining mark, composed letter, sorted
    """
    languages = sorted(profiles)
    grams = {}
    for index, language in enumerate(languages):
        for gram, count in profiles[language]["freq"].items():
            key = 0
            for char in gram:
                key = key << 21 | ord(char)
            grams.setdefault(key, []).append((index, count))
    ordered = sorted(grams.items())
    entries = [entry for _, found in ordered for entry in found]
    cjk = sorted((ord(a), ord(b)) for a, b in cjk_map(properties).items())
    vietnamese = sorted((ord(a), ord(mark), ord(b))
                        for (a, mark), b in vietnamese_pairs(properties).items())
    out = [b"HLD1", struct.pack("<5I", len(languages), len(ordered), len(entries), len(cjk),
                                len(vietnamese))]
    out += [language.encode().ljust(8, b"\0") for language in languages]
    out += [struct.pack("<3I", *profiles[language]["n_words"]) for language in languages]
    out += [struct.pack(f"<{len(ordered)}Q", *(key for key, _ in ordered)),
            bytes(len(found) for _, found in ordered),
            bytes(index for index, _ in entries),
            struct.pack(f"<{len(entries)}I", *(count for _, count in entries))]
    out += [struct.pack("<2I", *pair) for pair in cjk]
    out += [struct.pack("<3I", *triple) for triple in vietnamese]
    return b"".join(out)


def syllables(wheel):
    """The words of syllapy with their numbers of syllables."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        rows = archive.read("syllapy/data.csv").decode("ascii").splitlines()
    counts = dict(row.split(",") for row in rows)
    return "".join(f"{word}\t{counts[word]}\n" for word in sorted(counts)).encode()


def emoji(wheel):
    """The code points for which is_emoji() of the emoji package is true."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        names = json.loads(archive.read("emoji/unicode_codes/emoji.json"))
    return "".join(f"{code:X}\n" for code in sorted(ord(e) for e in names if len(e) == 1)).encode()


def chinese_tables(sdist):
    """The tables of zhconv."""
    with tarfile.open(fileobj=io.BytesIO(sdist)) as archive:
        return archive.extractfile("zhconv-1.4.3/zhconv/zhcdict.json").read()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out_dir", type=pathlib.Path)
    out_dir = parser.parse_args().out_dir
    stamp = out_dir / "PINS"
    if stamp.is_file() and stamp.read_text() == pins():
        return
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        archives = download(pathlib.Path(scratch))
    files = nltk_files(archives["llama_index_core-0.14.25-py3-none-any.whl"])
    packed = pack_langdetect(*read_langdetect(archives["langdetect-1.0.9.tar.gz"]))
    check("langdetect.bin", packed, LANGDETECT_BIN_SHA256)
    files["langdetect.bin"] = packed
    files["syllables.tab"] = syllables(archives["syllapy-0.7.2-py3-none-any.whl"])
    files["emoji.txt"] = emoji(archives["emoji-2.15.0-py3-none-any.whl"])
    files["zhcdict.json"] = chinese_tables(archives["zhconv-1.4.3.tar.gz"])
    files["PINS"] = pins().encode()
    staging = pathlib.Path(tempfile.mkdtemp(prefix=out_dir.name + ".", dir=out_dir.parent))
    for name, data in files.items():
        (staging / name).write_bytes(data)
    staging.chmod(0o755)
    if out_dir.exists():
        shutil.rmtree(out_dir)
    staging.rename(out_dir)


if __name__ == "__main__":
    main()
