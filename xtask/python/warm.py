"""Saves packages with MLflow in one process: warm.py KIND SOURCES [--flush].

Saves three times before anything is measured. Then for each line of input, a path, it saves a
package there and answers with the seconds that the call took; with --flush each file and folder is
on disk by then, as `envelope` has it.
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

flushes = "--flush" in sys.argv[3:]


def flush(package):
    for folder, _, files in os.walk(package, topdown=False):
        for path in [*(os.path.join(folder, file) for file in files), folder]:
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)


for _ in range(3):
    with tempfile.TemporaryDirectory() as folder:
        save(sources, os.path.join(folder, "package"))

for line in sys.stdin:
    # What others left to be written is no part of this call.
    os.sync()
    start = time.perf_counter()
    save(sources, line.rstrip("\n"))
    if flushes:
        flush(line.rstrip("\n"))
    print(time.perf_counter() - start, file=answers, flush=True)
