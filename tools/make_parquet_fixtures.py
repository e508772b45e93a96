"""Writes the small Parquet files that hir/data's tests read, as pyarrow writes them.

usage: make_parquet_fixtures.py FOLDER      (needs: pip install pyarrow==26.0.1)
"""

import sys

import pyarrow as pa
import pyarrow.parquet as pq


def verl_row(index, question, ids, kwargs):
    return {
        "data_source": "ifeval",
        "prompt": [{"role": "user", "content": question}],
        "ability": "if",
        "reward_model": {
            "style": "rule",
            "ground_truth": {"instruction_id_list": ids, "kwargs": kwargs},
        },
        "extra_info": {"index": index, "split": "train"},
    }


ROWS = [
    verl_row(0, "Say hi.", ["punctuation:no_comma"], [{"num_words": None, "relation": None}]),
    verl_row(
        1,
        "Describe the sea. No commas. 40 words at least.",
        ["punctuation:no_comma", "length_constraints:number_words"],
        [None, {"num_words": 40, "relation": "at least"}],
    ),
    verl_row(2, "Écris « bonjour » ☕.", ["startend:quotation"], [{}]),
]

# Every kind of value that a data set may have in other columns.
VALUES = pa.table(
    {
        "text": ["a", None],
        "raw": pa.array([b"bytes that are text", None], pa.binary()),
        "flag": [True, False],
        "small": pa.array([-1, 2], pa.int8()),
        "large": pa.array([2**63, 0], pa.uint64()),
        "ratio": pa.array([0.5, None], pa.float32()),
        "score": pa.array([float("nan"), 1.5], pa.float64()),  # As pandas writes what is missing.
        "day": pa.array([0, None], pa.date32()),
        "lists": [[[1, None], []], None],
        "pairs": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int32())),
    }
)


def main():
    folder = sys.argv[1]
    rows = pa.Table.from_pylist(ROWS)
    for codec in ("none", "snappy", "zstd", "gzip", "lz4", "brotli"):
        pq.write_table(rows, f"{folder}/verl_{codec}.parquet", compression=codec, store_schema=False)
    pq.write_table(rows, f"{folder}/verl_v2.parquet", data_page_version="2.0", version="2.6")
    pq.write_table(rows.slice(0, 0), f"{folder}/verl_no_rows.parquet", store_schema=False)
    pq.write_table(VALUES, f"{folder}/values.parquet", store_schema=False)
    times = pa.table({"text": ["a", "b"], "asked": pa.array([0, 2**62], pa.timestamp("ms"))})
    pq.write_table(times, f"{folder}/no_such_time.parquet", store_schema=False)


main()
