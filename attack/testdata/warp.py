"""Applies patches to images as training/attacks/placing.py does, from the repository's root: warp.py FOLDER.

FOLDER has poses.json, {height, width, side, poses: [{row, col, angle, scale, gain, offset, printed}]}, and images [n, height, width, 3]
and patches [n, side, side, 3], float32. The file applied is written into it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).parents[2]))

from training.attacks import placing


def main(folder: Path) -> None:
    """Reads, applies, writes."""
    settings = json.loads((folder / "poses.json").read_text())
    poses, side = settings["poses"], settings["side"]
    images = np.fromfile(folder / "images", np.float32).reshape(-1, settings["height"], settings["width"], 3)
    patches = tf.constant(np.fromfile(folder / "patches", np.float32).reshape(-1, side, side, 3))
    printed = np.array([p["printed"] for p in poses])[:, None, None, None]
    keys = ("row", "col", "angle", "scale", "gain", "offset")
    where = placing.Placement(*(tf.constant([p[key] for p in poses], tf.float32) for key in keys))
    mask = tf.constant(placing.square_mask(side))
    applied = placing.apply(tf.constant(images), tf.where(printed, placing.printed(patches), patches), mask, where)
    applied.numpy().tofile(folder / "applied")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
