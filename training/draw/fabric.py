"""What masks are made of: the colors and prints that shops sell."""

from __future__ import annotations

import cv2
import numpy as np

Color = tuple[int, int, int]

# Color in white light, and how often it is worn.
_COLORS: dict[str, tuple[tuple[Color, float], ...]] = {
    "surgical": (
        ((172, 204, 224), 0.3),  # light blue
        ((140, 188, 216), 0.2),
        ((238, 240, 240), 0.17),  # white
        ((30, 30, 33), 0.12),
        ((168, 210, 192), 0.08),  # green
        ((232, 190, 200), 0.06),
        ((120, 124, 130), 0.07),
    ),
    "cloth": (
        ((26, 26, 28), 0.24),  # black
        ((38, 46, 72), 0.12),  # navy
        ((232, 232, 230), 0.08),
        ((226, 216, 198), 0.08),  # off-white
        ((150, 150, 152), 0.07),
        ((92, 94, 98), 0.06),
        ((200, 176, 146), 0.08),  # beige
        ((160, 172, 148), 0.06),  # sage
        ((170, 200, 220), 0.05),
        ((206, 160, 156), 0.04),  # old rose
        ((110, 34, 46), 0.04),
        ((82, 104, 136), 0.05),  # denim
        ((70, 82, 60), 0.03),
    ),
    "molded": (
        ((240, 240, 238), 0.46),
        ((226, 226, 222), 0.2),
        ((34, 34, 36), 0.16),
        ((196, 202, 208), 0.1),
        ((206, 190, 168), 0.08),
    ),
}
_NEAR_SKIN = {"surgical": 0.02, "cloth": 0.1, "molded": 0.05}
_ANY = 0.04
_PRINTED = 0.3  # share of cloth masks with a pattern


def dye(kind: str, skin: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A mask's color [3] in white light; skin: that of the face, for the tones sold as such."""
    draw = rng.random()
    if draw < _NEAR_SKIN[kind]:
        return skin * rng.uniform(0.85, 1.15) + rng.normal(0, 8, 3)
    if draw < _NEAR_SKIN[kind] + _ANY:
        return rng.uniform(20, 235, 3)
    colors, chances = zip(*_COLORS[kind], strict=True)
    return np.array(colors[int(rng.choice(len(colors), p=np.array(chances) / sum(chances)))]) + rng.normal(0, 7) + rng.normal(0, 4, 3)


def weave(kind: str, color: np.ndarray, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Color [3], or, with a print, [h, w, 3] of the cloth at x, y, in eye-to-mouth distances, each [h, w]."""
    if kind != "cloth" or rng.random() > _PRINTED:
        return color.astype(np.float32)
    second = _second(color, rng)
    pattern = _PATTERNS[int(rng.integers(len(_PATTERNS)))]
    share = pattern(x + rng.uniform(0, 1), y + rng.uniform(0, 1), rng)[..., None]
    return (color + share * (second - color)).astype(np.float32)


def _second(color: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The print's color: light on dark cloth, dark or lively on light cloth, seldom anything."""
    if rng.random() < 0.15:
        return rng.uniform(0, 255, 3)
    if color.mean() < 110:
        return np.full(3, rng.uniform(120, 235)) + rng.normal(0, 15, 3)
    return rng.uniform(15, 0.85 * max(float(color.mean()), 30), 3)


def _stripes(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    turn, period = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)]), rng.uniform(0.06, 0.3)
    return ((float(np.cos(turn)) * x + float(np.sin(turn)) * y) / period % 1 < rng.uniform(0.2, 0.6)).astype(np.float32)


def _checks(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gingham or a tartan of thin lines."""
    period, wide = rng.uniform(0.08, 0.3), float(rng.choice([0.5, rng.uniform(0.12, 0.3)]))
    return 0.5 * ((x / period % 1 < wide).astype(np.float32) + (y / period % 1 < wide))


def _flowers(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Small flowers of five petals, or dots, strewn about."""
    period, size = rng.uniform(0.12, 0.32), rng.uniform(0.2, 0.42)
    dx, dy = _strewn(x / period, y / period, rng)
    away = np.sqrt(dx * dx + dy * dy)
    petals = 0.35 * np.cos(5 * np.arctan2(dy, dx)) if period > 0.17 else 0
    return np.clip((size * (1 + petals) - away) * 8 + 0.5, 0, 1) * (away > float(rng.choice([0, 0.25])) * size)


def _strewn(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Offsets from the middle of each unit cell, moved at random by up to a fifth."""
    moved = rng.uniform(-0.2, 0.2, (2, 8, 8)).astype(np.float32)
    col, row = np.floor(x), np.floor(y)
    at = (row.astype(int) % 8, col.astype(int) % 8)
    return x - col - 0.5 + moved[0][at], y - row - 0.5 + moved[1][at]


def _dots(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    period = rng.uniform(0.1, 0.25)
    dx, dy = x / period % 1 - 0.5, y / period % 1 - 0.5
    return np.clip((rng.uniform(0.05, 0.12) - dx * dx - dy * dy) * 20 + 0.5, 0, 1)


def _blotches(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Camouflage, batik, leaves: smooth noise cut at its middle."""
    cells = rng.random((16, 16), np.float32)
    scale = rng.uniform(4, 10)
    noise = cv2.remap(cells, x * scale % 15, y * scale % 15, cv2.INTER_LINEAR)
    return np.clip((noise - rng.uniform(0.45, 0.6)) * 8 + 0.5, 0, 1)


def _logo(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One small sign on one side."""
    x, y = x - rng.uniform(-0.6, 1.6), y - rng.uniform(1.4, 2.4)
    return ((np.abs(x) < rng.uniform(0.06, 0.25)) & (np.abs(y) < rng.uniform(0.04, 0.12))).astype(np.float32)


_PATTERNS = (_stripes, _checks, _flowers, _flowers, _dots, _blotches, _logo)
