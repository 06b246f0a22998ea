"""Writes requests of one table in several forms, and its signature: make_requests.py FOLDER.

The table has 100,000 rows and 20 columns: whole numbers, floats, texts, truth values and times.
"""

import json
import pathlib
import random
import sys

ROWS = 100_000
KINDS = ["long", "double", "string", "boolean", "datetime"] * 4

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
chance = random.Random(0)

VALUES = {
    "long": lambda: chance.randrange(-(10**9), 10**9),
    "double": lambda: chance.gauss(0, 1000),
    "string": lambda: "".join(chance.choices("abcdefghij", k=8)),
    "boolean": lambda: chance.random() < 0.5,
    "datetime": lambda: f"2024-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
}

names = [f"{kind}_{place}" for place, kind in enumerate(KINDS)]
rows = [[VALUES[kind]() for kind in KINDS] for _ in range(ROWS)]
columns = [{"type": kind, "name": name, "required": True} for kind, name in zip(KINDS, names)]
(folder / "signature.json").write_text(json.dumps({"inputs": columns}))
records = [dict(zip(names, row)) for row in rows]
by_name = {name: list(column) for name, column in zip(names, zip(*rows))}
for form, body in {
    "split": {"dataframe_split": {"columns": names, "data": rows}},
    "records": {"dataframe_records": records},
    "columns": {"inputs": by_name},
}.items():
    (folder / f"{form}.json").write_text(json.dumps(body))
