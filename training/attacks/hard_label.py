"""RayS (Chen & Gu 2020, arXiv:2006.12792): the smallest L-infinity radius along a ray of signs, from labels alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

HALVINGS = 10  # of the radius in each search: to a thousandth of the range


def rays(
    labels_of: Callable[[np.ndarray], np.ndarray], images: np.ndarray, labels: np.ndarray, eps: float, queries: int, seed: int
) -> np.ndarray:
    """Images at the smallest radius found; those beyond eps come back unchanged. labels_of gives int [n].

    Blocks of the ray are flipped from the whole image down to ever smaller ones; an image stops within eps or after its queries.
    """
    count, size = len(images), images[0].size
    rng = np.random.default_rng(seed)
    signs = np.broadcast_to(rng.choice(np.float32([-1, 1]), (count, 1, 1, images.shape[3])), images.shape).reshape(count, size).copy()
    flat, spent = images.reshape(count, size), np.zeros(count, int)
    radius = np.full(count, np.inf, np.float32)

    def broken(at: np.ndarray, rays_: np.ndarray, radii: np.ndarray) -> np.ndarray:
        spent[at] += 1
        x = np.clip(flat[at] + radii[:, None] * rays_, 0, 1)
        return labels_of(x.reshape(-1, *images.shape[1:])) != labels[at]

    for start, stop in _blocks(size):
        live = np.flatnonzero((radius > eps) & (spent < queries))
        if not len(live):
            break
        tried = signs[live].copy()
        tried[:, start:stop] *= -1
        better = broken(live, tried, np.minimum(radius[live], 1.0))
        at, tried = live[better], tried[better]
        signs[at] = tried
        low, high = np.zeros(len(at), np.float32), np.minimum(radius[at], 1.0)
        for _ in range(HALVINGS if len(at) else 0):
            middle = (low + high) / 2
            hit = broken(at, tried, middle)
            low, high = np.where(hit, low, middle), np.where(hit, middle, high)
        radius[at] = high
    inside = radius <= eps
    result = images.copy()
    moved = np.clip(flat[inside] + radius[inside, None] * signs[inside], 0, 1)
    result[inside] = moved.reshape(-1, *images.shape[1:])
    return result


def _blocks(size: int):
    """(start, stop) of the blocks to flip: none, then the whole, its halves, quarters and so on to single values, then again."""
    yield 0, 0
    while True:
        parts = 1
        while parts <= size:
            width = -(-size // parts)
            yield from ((i, min(i + width, size)) for i in range(0, size, width))
            parts *= 2
