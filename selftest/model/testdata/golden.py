"""Prints the hashes in ../smoothing.go: medians taken with NumPy alone, the border mirrored as ART's SpatialSmoothing does.

Run from the repository root with TensorFlow 2.18: python selftest/model/testdata/golden.py
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[3] / "pack" / "testdata"))
from make import golden_image

for window in range(1, 16, 2):
    edge = window // 2
    padded = np.pad(golden_image(1, 96), ((edge, edge), (edge, edge), (0, 0)), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (window, window), axis=(0, 1))
    smooth = np.median(windows, axis=(3, 4)).astype(np.uint8)
    print(f'{window}: "{hashlib.sha256(smooth.tobytes()).hexdigest()}",')
