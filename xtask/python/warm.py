"""Saves packages with MLflow in one process: warm.py KIND SOURCES.

Saves three times before anything is measured. Then for each line of input, a path, it saves a
package there and answers with the seconds that the call took.
"""

import os
import pathlib
import sys
import tempfile
import time

from save import SAVE

# What MLflow itself prints belongs to nobody's measurement.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

save = SAVE[sys.argv[1]]
sources = pathlib.Path(sys.argv[2])

for _ in range(3):
    with tempfile.TemporaryDirectory() as folder:
        save(sources, os.path.join(folder, "package"))

for line in sys.stdin:
    start = time.perf_counter()
    save(sources, line.rstrip("\n"))
    print(time.perf_counter() - start, file=answers, flush=True)
