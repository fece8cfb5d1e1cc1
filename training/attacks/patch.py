"""Adversarial patches: here those made for each image, a square of any content at the best of many places.

How patches are put on images is in placing.py, one patch for all images in universal.py; both can be had from here.

Signed gradient steps with momentum (Dong et al., arXiv:1710.06081) on the pixels of the square alone; places are tried
as in successive halving (arXiv:1502.07943): all for a few steps, then the more promising for longer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.attacks import calls
from training.attacks.losses import Network
from training.attacks.placing import DIGITAL, PHYSICAL, Placement, Variation, apply, covered, disc_mask, printed, square_mask
from training.attacks.universal import place, universal
from training.defense.masking import side_of

__all__ = [
    "DIGITAL",
    "PHYSICAL",
    "Patched",
    "Placement",
    "Variation",
    "apply",
    "covered",
    "disc_mask",
    "gray",
    "grid",
    "noise",
    "optimize",
    "paste",
    "place",
    "printed",
    "side_of",
    "square_mask",
    "universal",
]

SCREEN = ((25, 3), (6, 8))  # (places, steps on each) of the rounds before the last, which goes all the way
FINALISTS = 2
MOMENTUM = 0.9


@dataclass(frozen=True)
class Patched:
    """images [n, h, w, 3] with their patches [n, side, side, 3] at rows and cols [n] (top left pixel).

    value: float32 [n], the margin by which the label is lost, or the target reached: above 0 where the attack worked.
    """

    images: np.ndarray
    patches: np.ndarray
    rows: np.ndarray
    cols: np.ndarray
    value: np.ndarray


def grid(size: int, side: int, places: int) -> np.ndarray:
    """int [places, 2]: rows and columns of the top left pixels of a square grid of patches from corner to corner.

    Raises ValueError when places is not a square number.
    """
    count = round(places**0.5)
    if count * count != places:
        raise ValueError(f"places is {places}: a square number is needed, as 25 for a grid of 5 x 5")
    along = np.rint(np.linspace(0, size - side, count)).astype(int) if count > 1 else np.array([(size - side) // 2])
    return np.stack(np.meshgrid(along, along, indexing="ij"), axis=-1).reshape(-1, 2)


def paste(images: np.ndarray, patches: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """The images with a patch [side, side, 3], or one each [n, side, side, 3], at rows and cols [n]."""
    result = images.copy()
    result[_window(rows, cols, patches.shape[-2])] = patches
    return result


def gray(side: int) -> np.ndarray:
    """The control that only hides: mid-gray [side, side, 3]."""
    return np.full((side, side, 3), 0.5, np.float32)


def noise(count: int, side: int, seed: int) -> np.ndarray:
    """The control without an aim: uniform noise [count, side, side, 3]."""
    return np.random.default_rng(seed).random((count, side, side, 3), np.float32)


def optimize(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    side: int,
    places: int | np.ndarray,
    iterations: int,
    step: float,
    seed: int,
    targets: np.ndarray | None = None,
    early_stop: bool = True,
) -> Patched:
    """Makes a patch for each image, at the best of its places; network sees the patched images [n, size, size, 3].

    places: their number (see grid), or int [k, 2] of rows and columns. step falls linearly to a twentieth over the iterations.
    Untargeted it maximizes the margin by which the label is lost, with targets int [n] that by which they are reached.
    early_stop drops an image as soon as that is above 0; without it the best patch of all iterations is returned.
    """
    corners = grid(images.shape[1], side, places) if isinstance(places, int) else places
    count, rng = len(images), np.random.default_rng(seed)
    best = Patched(
        images.copy(),
        np.zeros((count, side, side, 3), np.float32),
        np.zeros(count, int),
        np.zeros(count, int),
        np.full(count, -np.inf, np.float32),
    )
    # A candidate is one image with one place; all candidates of a round run as one batch.
    owner = np.repeat(np.arange(count), len(corners))
    corner = np.tile(corners, (count, 1))
    content = rng.random((len(owner), side, side, 3), np.float32)
    score = np.zeros(len(owner), np.float32)
    done = 0
    for most, steps in (*SCREEN, (FINALISTS, iterations)):
        alive = ~(early_stop & (best.value > 0))[owner]
        keep = _first_of_each(owner, score, most) & alive
        owner, corner, content, score = owner[keep], corner[keep], content[keep], score[keep]
        until = min(done + steps, iterations)
        rates = step * (1 - 0.95 * np.arange(done, until) / iterations)
        _gradient_steps(network, images, labels, targets, best, (owner, corner, content, score), rates, early_stop)
        done = until
    return best


def _gradient_steps(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    targets: np.ndarray | None,
    best: Patched,
    candidates: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    rates: np.ndarray,
    early_stop: bool,
) -> None:
    """One step of each rate on every candidate, in place: their contents and scores, and the best of each image."""
    owner, corner, content, score = candidates
    velocity = np.zeros_like(content)
    for rate in (*rates, 0.0):
        live = np.flatnonzero(~(early_stop & (best.value > 0))[owner])
        if not len(live):
            return
        who, rows, cols = owner[live], corner[live, 0], corner[live, 1]
        x = paste(images[who], content[live], rows, cols)
        score[live], _, slope = calls.gradients(network, x, labels[who], "cw", calls.take(targets, who))
        _keep(best, who, x, content[live], corner[live], score[live])
        slope = slope[_window(rows, cols, content.shape[1])]
        velocity[live] = MOMENTUM * velocity[live] + slope / (np.abs(slope).mean((1, 2, 3), keepdims=True) + 1e-12)
        content[live] = np.clip(content[live] + rate * np.sign(velocity[live]), 0, 1)


def _keep(best: Patched, who: np.ndarray, x: np.ndarray, content: np.ndarray, corner: np.ndarray, score: np.ndarray) -> None:
    first = _first_of_each(who, score, 1)
    better = first & (score > best.value[who])
    at = who[better]
    best.images[at], best.patches[at], best.value[at] = x[better], content[better], score[better]
    best.rows[at], best.cols[at] = corner[better].T


def _first_of_each(owner: np.ndarray, score: np.ndarray, most: int) -> np.ndarray:
    """bool: whether a candidate is among the `most` best of its image."""
    order = np.lexsort((-score, owner))
    ranked = owner[order]
    place = np.arange(len(owner)) - np.searchsorted(ranked, ranked)
    result = np.zeros(len(owner), bool)
    result[order] = place < most
    return result


def _window(rows: np.ndarray, cols: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    along = np.arange(side)
    return np.arange(len(rows))[:, None, None], (rows[:, None] + along)[:, :, None], (cols[:, None] + along)[:, None, :]
