"""Square attack in the L-infinity ball (Andriushchenko et al. 2020, arXiv:1912.00049): random search by scores, no gradient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.attacks import calls

SHARE = 0.8  # of the image that the first squares cover
HALVINGS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)  # of 10,000 queries: the paper's schedule


def square(
    logits_of: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    labels: np.ndarray,
    eps: float,
    queries: int,
    seed: int,
    targets: np.ndarray | None = None,
) -> np.ndarray:
    """Images within eps; logits_of gives [n, classes] for float32 [n, h, w, 3]. An image stops when it is broken."""
    rng = np.random.default_rng(seed)
    _, height, width, channels = images.shape
    low, high = np.maximum(images - eps, 0), np.minimum(images + eps, 1)
    stripes = rng.choice(np.float32([-eps, eps]), (len(images), 1, width, channels))
    best = np.clip(images + stripes, 0, 1)
    found = logits_of(best)
    value, won = _lead(found, labels, targets), calls.reached(found, labels, targets)
    for query in range(1, queries):
        live = np.flatnonzero(~won)
        if not len(live):
            break
        side = side_at(query, queries, height, width)
        rows, cols = rng.integers(0, height - side + 1, len(live)), rng.integers(0, width - side + 1, len(live))
        signs = rng.choice(np.float32([-eps, eps]), (len(live), 1, 1, channels))
        inside = _inside(rows, side, height)[:, :, None, None] & _inside(cols, side, width)[:, None, :, None]
        x = np.where(inside, np.clip(images[live] + signs, low[live], high[live]), best[live])
        found = logits_of(x)
        now = _lead(found, labels[live], calls.take(targets, live))
        won[live] = calls.reached(found, labels[live], calls.take(targets, live))
        better = (now > value[live]) | won[live]
        best[live[better]], value[live[better]] = x[better], now[better]
    return best


def side_at(query: int, queries: int, height: int, width: int) -> int:
    """Side in pixels of the square tried at a query of so many."""
    halved = sum(query * 10_000 // queries > h for h in HALVINGS)
    return min(max(round((SHARE / 2**halved * height * width) ** 0.5), 1), height - 1, width - 1)


def _inside(start: np.ndarray, side: int, length: int) -> np.ndarray:
    along = np.arange(length)
    return (along >= start[:, None]) & (along < start[:, None] + side)


def _lead(found: np.ndarray, labels: np.ndarray, targets: np.ndarray | None) -> np.ndarray:
    """The margin by which the label is lost or the target reached, [n]."""
    aim = labels if targets is None else targets
    own = found[np.arange(len(found)), aim]
    other = np.where(np.arange(found.shape[1]) == aim[:, None], -np.inf, found).max(axis=1)
    return other - own if targets is None else own - other
