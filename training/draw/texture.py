"""What a drawn mask is made of: color, pattern, pleats, seams, prints and the light on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from training.draw.masks import Frame, Shape

_COLORS = {
    "surgical": ((170, 205, 225), (120, 170, 210), (240, 240, 240), (150, 200, 175), (225, 170, 185), (30, 30, 33)),
    "cloth": ((235, 235, 235), (25, 25, 28), (60, 70, 90), (170, 205, 225), (120, 40, 50)),
    "molded": ((242, 242, 240), (228, 228, 226), (200, 205, 210), (28, 28, 30)),
}
_ANY_COLOR = {"surgical": 0.15, "cloth": 0.5, "molded": 0.1}


def render(
    image: np.ndarray,
    frame: Frame,
    inside: np.ndarray,
    shape: Shape,
    kind: str,
    rng: np.random.Generator,
    print_of: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """The mask's texture over the whole picture, float32 [h, w, 3].

    image: uint8 RGB [h, w, 3]; inside: uint8 [h, w], above 0 where the mask lies; kind: surgical, cloth, molded
    or printed, which shows the lower half of `print_of`, a face and its landmarks in pixels.
    """
    s, t = frame.grid(image.shape[:2])
    s -= frame.middle
    if print_of:
        cloth = _print(image.shape, frame, shape, rng, *print_of)
    else:
        cloth = _dye(image.shape, kind, rng)
        if kind == "cloth":
            _pattern(cloth, s, t, rng)
    depth = (t - shape.top) / max(shape.height, 0.1)
    half = (frame.left + frame.right) / 2
    # Cloth bulges over the nose, so it darkens toward the sides and the chin.
    bulge = rng.uniform(0.2, 0.5) if kind == "molded" else rng.uniform(0.05, 0.35)
    light = 1 - bulge * np.clip(np.abs(s) / half, 0, 1) ** 2
    light *= 1 - rng.uniform(0, 0.25) * np.clip(depth, 0, 1) ** 2
    light *= _RELIEFS[kind](s, depth, half, rng)
    light += rng.uniform(-0.15, 0.15) * s
    if kind == "molded" and rng.random() < 0.35:
        _valve(cloth, s, t, shape, rng)
    return cloth * (light * _scene(image, frame, inside, rng))[..., None] + _grain(image.shape, rng)


def _dye(shape: tuple, kind: str, rng: np.random.Generator) -> np.ndarray:
    colors = _COLORS[kind]
    if rng.random() < _ANY_COLOR[kind]:
        color = rng.uniform(0, 255, 3)
    else:
        color = np.array(colors[int(rng.integers(len(colors)))]) + rng.normal(0, 10, 3)
    return np.broadcast_to(color.astype(np.float32), shape).copy()


def _print(shape: tuple, frame: Frame, mask: Shape, rng: np.random.Generator, face: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Another face in this face's coordinates, its mouth in the middle of the mask, in a print's duller colors."""
    other = type(frame)(landmarks)
    shift = (mask.top + mask.bottom) / 2 - 1.05 + rng.uniform(-0.08, 0.08)
    grow = rng.uniform(0.9, 1.15)
    corners = np.array([(0, 0), (1, 0), (0, 1)])
    here = np.array([frame.at(frame.middle + a * grow, 1 + shift + (b - 1) * grow) for a, b in corners], np.float32)
    there = np.array([other.at(other.middle + a, b) for a, b in corners], np.float32)
    matrix = cv2.getAffineTransform(there, here)
    printed = cv2.warpAffine(face, matrix, shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    gray = printed.mean(axis=2, keepdims=True)
    return (gray + (printed - gray) * rng.uniform(0.6, 1.1)) * rng.uniform(0.75, 1.1) + rng.uniform(0, 25)


def _pattern(cloth: np.ndarray, s: np.ndarray, t: np.ndarray, rng: np.random.Generator) -> None:
    """Prints stripes, checks, dots or a blotch of a second color on half of the masks, in place."""
    kind = rng.random()
    if kind > 0.5:
        return
    second = rng.uniform(0, 255, 3).astype(np.float32)
    period, turn = rng.uniform(0.12, 0.5), rng.uniform(0, np.pi)
    u, v = np.cos(turn) * s + np.sin(turn) * t, np.cos(turn) * t - np.sin(turn) * s
    if kind < 0.15:
        where = (u / period) % 1 < 0.5
    elif kind < 0.27:
        where = ((u / period) % 1 < 0.5) ^ ((v / period) % 1 < 0.5)
    elif kind < 0.39:
        where = ((u / period) % 1 - 0.5) ** 2 + ((v / period) % 1 - 0.5) ** 2 < 0.08
    else:
        where = ((s - rng.uniform(-0.3, 0.3)) / 0.3) ** 2 + ((t - rng.uniform(0.8, 1.6)) / 0.25) ** 2 < 1
    cloth[where] = second


def _pleats(s: np.ndarray, depth: np.ndarray, half: float, rng: np.random.Generator) -> np.ndarray:
    """Three or four pleats across, each a dark crease below a bright fold, flattened out in the middle; the nose wire."""
    count, sag = int(rng.integers(3, 5)), rng.uniform(-0.1, 0.15)
    place = ((depth - 0.1 + sag * (s / half) ** 2) * count * 1.15 + rng.uniform(0, 0.3)) % 1
    strength = rng.uniform(0.08, 0.25) * (0.4 + 0.6 * np.clip(np.abs(s) / half, 0, 1))
    crease = np.exp(-place / 0.15) - 0.4 * np.exp(-(1 - place) / 0.12)
    wire = np.exp(-(((depth - 0.06) / 0.025) ** 2)) * (np.abs(s) < 0.4)
    return 1 - strength * crease + rng.uniform(0, 0.12) * wire


def _folds(s: np.ndarray, depth: np.ndarray, half: float, rng: np.random.Generator) -> np.ndarray:
    """No to four soft folds across, and the seam down the middle that many sewn masks have."""
    light = np.ones_like(s)
    folds = int(rng.integers(0, 5))
    if folds:
        wave = np.sin((depth + rng.uniform(-0.1, 0.1) * s) * folds * 2 * np.pi + rng.uniform(0, 6))
        light -= rng.uniform(0.03, 0.15) * np.clip(wave, 0, 1) ** 4
    if rng.random() < 0.4:
        light *= 1 - 0.25 * np.exp(-((s / 0.03) ** 2))
    return light


def _dome(s: np.ndarray, depth: np.ndarray, half: float, rng: np.random.Generator) -> np.ndarray:
    """A cup's highlight, its pressed rim, and the edge across the middle of a foldable one."""
    away = np.hypot(s / (0.88 * half), (depth - 0.5) / 0.55)
    light = 1.08 - rng.uniform(0.1, 0.3) * np.clip(away, 0, 1) ** 3 - 0.15 * np.exp(-(((away - 0.86) / 0.04) ** 2))
    if rng.random() < 0.4:
        light -= rng.uniform(0.1, 0.3) * np.exp(-np.clip(depth - 0.55, 0, None) / 0.06) * (depth > 0.55)
    return light


def _plain(s: np.ndarray, depth: np.ndarray, half: float, rng: np.random.Generator) -> np.ndarray:
    return _folds(s, depth, half, rng) if rng.random() < 0.5 else np.ones_like(s)


_RELIEFS = {"surgical": _pleats, "cloth": _folds, "molded": _dome, "printed": _plain}


def _valve(cloth: np.ndarray, s: np.ndarray, t: np.ndarray, shape: Shape, rng: np.random.Generator) -> None:
    """A round exhalation valve on the middle or next to it, in place."""
    size = rng.uniform(0.13, 0.2)
    away = np.hypot(s - rng.choice([-0.3, 0, 0.3]), t - shape.top - 0.6 * shape.height) / size
    cloth[away < 1] = rng.uniform(90, 250)
    cloth[(np.abs(away - 0.95) < 0.1) | ((away < 0.7) & ((t / 0.08) % 1 < 0.3))] *= 0.6


def _scene(image: np.ndarray, frame: Frame, inside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The scene's own light on the mask, float32 [h, w]: a mask on a bright face is bright."""
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    level = cv2.mean(gray, inside)[0] / 130 if inside.any() else 1.0
    # The blur is wide, so a quarter of the pixels is enough.
    small = cv2.resize(gray, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), frame.unit * 0.0625) / max(float(gray.mean()), 1.0)
    relief = cv2.resize(small, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return float(np.clip(level, 0.35, 1.25)) ** rng.uniform(0.4, 1) * (1 + rng.uniform(0, 0.5) * (np.clip(relief, 0.5, 1.5) - 1))


def _grain(shape: tuple, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(shape, np.float32) * rng.uniform(0, 4)
