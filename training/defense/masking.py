"""PatchCleanser's masks (Xiang et al., 2022, arXiv:2108.09135, section 3.2): every patch lies wholly in one of them."""

from __future__ import annotations

import numpy as np

FILL = 128 / 255  # what a masked pixel becomes; a constant, so that it carries no information


def offsets(size: int, patch: int, masks: int) -> tuple[list[int], int]:
    """Where the masks begin along one axis, and their side, in pixels.

    size: side of the picture; patch: side of the largest patch to be covered; masks: masks per axis.
    Raises ValueError where no such set exists.
    """
    if not 0 < patch < size or masks < 1:
        raise ValueError(f"patch {patch} of a picture of {size} with {masks} masks: want 0 < patch < size and a mask at least")
    stride = -(-(size - patch + 1) // masks)
    side = min(patch + stride - 1, size)
    starts = list(range(0, size - side + 1, stride))
    if starts[-1] != size - side:
        starts.append(size - side)
    return starts, side


def masks(size: int, patch: int, per_axis: int) -> np.ndarray:
    """The whole set, bool [m, size, size], True where a mask hides the picture; m is at most per_axis squared."""
    starts, side = offsets(size, patch, per_axis)
    found = np.zeros((len(starts) ** 2, size, size), bool)
    for i, (row, col) in enumerate((r, c) for r in starts for c in starts):
        found[i, row : row + side, col : col + side] = True
    return found


def pairs(size: int, patch: int, per_axis: int) -> np.ndarray:
    """All unions of two masks of the set, and each alone, bool [m(m+1)/2, size, size]: the views a certificate needs."""
    single = masks(size, patch, per_axis)
    return np.stack([single[i] | single[j] for i in range(len(single)) for j in range(i, len(single))])


def hide(images: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Images in [0, 1], [n, h, w, 3], with FILL where mask [h, w] or [n, h, w] is True."""
    return np.where(mask[..., None], np.float32(FILL), images).astype(np.float32)


def side_of(area: float, size: int) -> int:
    """Side in pixels of a square patch that covers a share `area` of a picture of size x size."""
    return max(1, round(size * area**0.5))
