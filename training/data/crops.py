"""Size and margin of stored crops, and how they become what a network sees."""

from __future__ import annotations

import cv2
import numpy as np

from training.data.entry import DataError

STORED = 128  # side in pixels at which crops are held in memory
CROP_MARGIN = 0.15  # what the crops of the data hold around the face box, as a share of its side


def resize(images: np.ndarray, size: int) -> np.ndarray:
    """Resizes uint8 [n, h, w, 3] to [n, size, size, 3], as the deployed pipeline does (area when shrinking)."""
    return np.stack([cv2.resize(i, (size, size), interpolation=cv2.INTER_AREA) for i in images])


def recrop(images: np.ndarray, margin: float) -> np.ndarray:
    """Cuts crops, uint8 [n, h, w, 3], down to the face box and `margin` of its side around it, as a pack's manifest asks."""
    height, width = images.shape[1:3]
    dy, dx = (round(side * (CROP_MARGIN - margin) / (1 + 2 * CROP_MARGIN)) for side in (height, width))
    if dy < 0 or dx < 0:
        raise DataError(f"crop margin {margin}: the crops hold {CROP_MARGIN} around the face box, not more")
    return images[:, dy : height - dy, dx : width - dx]
