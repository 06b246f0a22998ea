"""Holds what a model answered against what PyTorch recorded.

Usage: compare_outputs.py RECORDED.npz FOLDER; FOLDER has y.npy. The largest error may be a ten-thousandth
of the largest value.
"""

import os
import sys

import numpy as np

expected = np.load(sys.argv[1])["y"]
found = np.load(os.path.join(sys.argv[2], "y.npy"))
assert found.shape == expected.shape, f"shape {found.shape}, expected {expected.shape}"
scale = float(np.abs(expected).max())
error = float(np.abs(found.astype(np.float64) - expected).max()) / scale
print(f"largest error {error:.1e} of the largest value")
sys.exit(not error <= 1e-4)
