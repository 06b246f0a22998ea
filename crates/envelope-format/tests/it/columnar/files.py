"""Writes a table with what changes from batch to batch, in each form and compression, to a folder."""

import os
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

ROWS = 11


def rows(make, nothing=(7,)):
    return [None if row in nothing else make(row) for row in range(ROWS)]


def table():
    pairs = pa.map_(pa.string(), pa.int64())
    return pa.table(
        {
            "whole": pa.array(range(ROWS)),
            "int null": pa.array(rows(int), pa.int32()),
            "bool null": pa.array(rows(lambda row: row % 2 == 0)),
            "text": pa.array(rows(str)),
            "category": pa.array(rows(lambda row: str(row % 3))).dictionary_encode(),
            "list": pa.array(rows(lambda row: [row] * (row % 3))),
            "list null": pa.array(rows(lambda row: [row, None if row == 9 else 1])),
            "struct": pa.array(rows(lambda row: {"x": row, "y": [row]})),
            "struct null": pa.array([{"x": None if row == 8 else row} for row in range(ROWS)]),
            "map": pa.array(rows(lambda row: [("k", row)] * (row % 2)), pairs),
            "decimal": pa.array(rows(lambda row: row), pa.decimal128(5, 2)),
            "date": pa.array(rows(lambda row: row), pa.date32()),
        }
    )


def main():
    folder = sys.argv[1]
    os.makedirs(folder)
    path = lambda name: os.path.join(folder, name)
    whole = table()
    for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4"):
        pa.parquet.write_table(whole, path(f"{codec}.parquet"), compression=codec, row_group_size=4)
    pa.parquet.write_table(whole, path("one-group.parquet"))
    pa.parquet.write_table(whole, path("no-statistics.parquet"), write_statistics=False, row_group_size=3)
    pa.parquet.write_table(whole, path("no-schema.parquet"), store_schema=False, row_group_size=3)
    for version in ("1.0", "2.0"):
        name = f"pages-{version}.parquet"
        pa.parquet.write_table(whole, path(name), data_page_version=version, data_page_size=16, use_dictionary=False)
    plain = whole.select(["whole", "int null", "decimal"])
    encodings = {"whole": "DELTA_BINARY_PACKED", "int null": "BYTE_STREAM_SPLIT", "decimal": "PLAIN"}
    pa.parquet.write_table(plain, path("encodings.parquet"), use_dictionary=False, column_encoding=encodings)
    for name, index in (("labels", list("abcdefghijk")), ("range", pd.RangeIndex(3, 3 + 2 * ROWS, 2)), ("plain", None)):
        frame = pd.DataFrame({"a": range(ROWS), "b": pd.array(rows(int), dtype="Int64")}, index=index)
        frame.to_parquet(path(f"pandas-{name}.parquet"), row_group_size=4)
    pa.parquet.write_table(whole.slice(0, 0), path("empty.parquet"))
    for codec in (None, "lz4", "zstd"):
        options = pa.ipc.IpcWriteOptions(compression=codec)
        for form, make in (("stream", pa.ipc.new_stream), ("file", pa.ipc.new_file)):
            with make(path(f"{form}-{codec}.arrow"), whole.schema, options=options) as writer:
                writer.write_table(whole, max_chunksize=4)
    with pa.ipc.new_stream(path("empty.arrow"), whole.schema):
        pass


main()
