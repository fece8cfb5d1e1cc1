"""Finds the five landmarks of the unmasked faces once, with CenterFace, for masks to be drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

INPUT = 160  # side in pixels of the detector's input; a multiple of 32
STRIDE = 4
MISSING = np.full((5, 2), np.nan, np.float32)


def find(net: cv2.dnn.Net, image: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Returns the landmarks [5, 2] (x, y as shares of the picture) of the most certain face in uint8 RGB [h, w, 3].

    Order: eye, eye, nose, mouth corner, mouth corner, left of the picture first. NaN when no face is found.
    Decoding follows CenterFace (arXiv:1911.03599, section 3): heat map, size, offset and landmarks at stride 4.
    """
    blob = cv2.dnn.blobFromImage(image, 1.0, (INPUT, INPUT), swapRB=False)
    net.setInput(blob)
    heat, size, offset, points = net.forward(["537", "538", "539", "540"])
    row, col = np.unravel_index(int(heat[0, 0].argmax()), heat.shape[2:])
    if heat[0, 0, row, col] < threshold:
        return MISSING
    height, width = np.exp(size[0, :, row, col]) * STRIDE
    left = (col + offset[0, 1, row, col] + 0.5) * STRIDE - width / 2
    top = (row + offset[0, 0, row, col] + 0.5) * STRIDE - height / 2
    pairs = points[0, :, row, col].reshape(5, 2)  # (y, x) as shares of the box
    found = np.stack([pairs[:, 1] * width + left, pairs[:, 0] * height + top], axis=1) / INPUT
    return found.astype(np.float32)


def find_all(images: Sequence[np.ndarray] | np.ndarray, centerface: Path, cache: Path) -> np.ndarray:
    """Landmarks [n, 5, 2] of n uint8 RGB images [h, w, 3]; read from `cache` (.npz) when it fits them."""
    check = sum(int(i.sum(dtype=np.uint64)) for i in images)
    if cache.is_file():
        with np.load(cache) as saved:
            if len(saved["points"]) == len(images) and int(saved["check"]) == check:
                return saved["points"]
    net = cv2.dnn.readNetFromONNX(str(centerface))
    points = np.stack([find(net, i) for i in images]) if len(images) else np.zeros((0, 5, 2), np.float32)
    np.savez_compressed(cache, points=points, check=check)
    return points
