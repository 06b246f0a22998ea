"""Tells how long onnxruntime takes to load a model and to run it, as `envelope infer --json` does.

Usage: onnxruntime_times.py MODEL INPUTS.npz REPEAT THREADS
"""

import json
import statistics
import sys
import time

import numpy as np
import onnxruntime

model, inputs, repeat, threads = sys.argv[1], np.load(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
start = time.perf_counter()
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
load = time.perf_counter() - start
feeds = {one.name: inputs[one.name] for one in session.get_inputs()}
times = []
for _ in range(repeat):
    start = time.perf_counter()
    session.run(None, feeds)
    times.append(time.perf_counter() - start)
print(json.dumps({"load_seconds": load, "median_run_seconds": statistics.median(times[1:])}))
