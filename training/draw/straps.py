"""Ear loops and headbands of a drawn mask."""

from __future__ import annotations

import cv2
import numpy as np

from training.draw.head import Head
from training.draw.shade import Light
from training.draw.wear import Worn

_HIDDEN = 0.15  # sine of the head's turn beyond which the ear it turns to is not seen


def draw(out: np.ndarray, head: Head, worn: Worn, lamp: Light, kind: str, cloth: np.ndarray, soft: float, rng: np.random.Generator) -> None:
    """From the mask's corners to the ears or, of a molded mask, over and under them, in place, blurred by `soft` pixels."""
    lines = []
    for i, (corner, side) in enumerate(worn.corners):
        if head.sin * side > _HIDDEN:
            continue
        lower = i % 2
        if kind == "molded":
            ear = head.at(side * 1.9, (0.35 if lower else -0.3) + rng.uniform(-0.1, 0.1), 1.05)
        else:
            ear = head.at(side * (1.5 + 0.4 * abs(head.sin)), (0.42 if lower else 0.05) + rng.uniform(-0.08, 0.08), 1.04)
        lines.append(_curve(corner, ear, rng.uniform(-0.08, 0.08)))
    if not lines:
        return
    alpha = np.zeros(out.shape[:2], np.uint8)
    cv2.polylines(
        alpha, lines, False, int(rng.uniform(130, 255)), max(1, round(head.frame.unit * rng.uniform(0.012, 0.045))), cv2.LINE_AA, 4
    )
    if soft > 0.5:
        alpha = cv2.GaussianBlur(alpha, (0, 0), soft)
    rows, cols = np.nonzero(alpha)
    pixels = out[rows, cols].astype(np.float32)
    pixels += (alpha[rows, cols] / np.float32(255))[:, None] * (_string(lamp, cloth, rng) - pixels)
    out[rows, cols] = pixels.astype(np.uint8)


def _string(lamp: Light, cloth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A loop's color [3] in the picture: the mask's own, white or dark."""
    draw = rng.random()
    own = cloth if draw < 0.4 else np.full(3, rng.uniform(205, 250) if draw < 0.85 else rng.uniform(15, 70))
    own = own.mean() + (own - own.mean()) * lamp.colored
    return np.clip(own * lamp.tint * lamp.level, 0, 255).astype(np.float32)


def _curve(a: np.ndarray, b: np.ndarray, sag: float) -> np.ndarray:
    between = (a + b) / 2 + sag * np.array([a[1] - b[1], b[0] - a[0]])
    points = np.clip(np.stack([a, 0.25 * a + 0.5 * between + 0.25 * b, b]), -4096, 4096) * 16
    return points.astype(np.int32)
