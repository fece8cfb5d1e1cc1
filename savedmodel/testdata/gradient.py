"""Gradients of a SavedModel through TensorFlow's own Python, for the benchmark: gradient.py FOLDER IMAGES COUNT.

IMAGES is a file of COUNT images, float32 [COUNT, 96, 96, 3]. For each line on the standard input it takes one gradient of the first
logit and prints how many seconds that took; before, once, the sum of the gradient's sizes.
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf


def main(folder: str, file: str, count: int) -> None:
    """Answers until the standard input ends."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    loaded = tf.saved_model.load(folder)
    vjp = loaded.signatures["vjp"]
    images = np.fromfile(file, np.float32).reshape(count, 96, 96, 3)
    cotangent = np.zeros((count, 3), np.float32)
    cotangent[:, 0] = 1

    def gradient() -> np.ndarray:
        return vjp(x=tf.constant(images), cotangent=tf.constant(cotangent))["gradient"].numpy()

    print(float(np.abs(gradient().astype(np.float64)).sum()), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        gradient()
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
