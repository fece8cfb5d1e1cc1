"""How a drawn mask looks: its cloth or print, pleats, folds, seams, and the light on them."""

from __future__ import annotations

import cv2
import numpy as np

from training.draw import fabric
from training.draw.head import Frame, Head
from training.draw.shade import Light
from training.draw.wear import Worn

_ROLLED = 0.55  # height below which a mask is a roll of cloth

Printed = tuple[np.ndarray, np.ndarray]


def render(
    worn: Worn, window: tuple, head: Head, lamp: Light, kind: str, rng: np.random.Generator, print_of: Printed | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The mask's pixels in a window of the picture, float32 [h, w, 3], and its main color [3] in white light.

    kind: surgical, cloth, molded or printed, which shows the lower half of `print_of`, a face and its landmarks in pixels.
    """
    x, y, u, v = (part[window] for part in (worn.x, worn.y, worn.u, worn.v))
    color = fabric.dye(kind if kind != "printed" else "cloth", lamp.skin, rng)
    cloth = _print(head.frame, worn, window, rng, *print_of) if print_of else fabric.weave(kind, color, x, y, rng)
    if lamp.colored < 1:
        gray = cloth.mean(axis=-1, keepdims=True)
        cloth = gray + (cloth - gray) * lamp.colored
    far = np.abs(u)
    light = _RELIEFS[kind](u, v, far, worn.height, rng)
    if worn.height < _ROLLED:
        light *= 0.62 + 0.42 * np.sin(np.pi * np.clip(v * 0.9 + 0.12, 0, 1))
    light *= 1.03 - rng.uniform(0.05, 0.3) * np.minimum(far, 1) ** 2 - rng.uniform(0, 0.2) * np.clip(v, 0, 1) ** 2
    light *= _hem(worn.depth[window], rng)
    s, t = head.frame.grid(worn.depth.shape)
    light *= lamp.at(s[window], t[window]) * rng.uniform(0.88, 1.08)
    cloth = cloth * (light[..., None] * lamp.tint)
    if kind == "molded" and rng.random() < 0.15:
        _valve(cloth, x, y, worn.height, rng)
    grain = rng.standard_normal(u.shape, np.float32) * (rng.uniform(0.5, 4) * max(lamp.level, 0.3))
    return (cloth + grain[..., None]).astype(np.float32), color


def _print(frame: Frame, worn: Worn, window: tuple, rng: np.random.Generator, face: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Another face in this face's coordinates, its mouth in the middle of the mask, in a print's duller colors."""
    other = Frame(landmarks)
    shift = worn.middle[1] - 1.05 + rng.uniform(-0.08, 0.08)
    grow = rng.uniform(0.9, 1.15)
    corners = np.array([(0, 0), (1, 0), (0, 1)])
    here = np.array([frame.at(frame.middle * 0.6 + a * grow, 1 + shift + (b - 1) * grow) for a, b in corners], np.float32)
    here -= np.float32([window[1].start, window[0].start])
    there = np.array([other.at(other.middle + a, b) for a, b in corners], np.float32)
    matrix = cv2.getAffineTransform(there, here)
    size = (window[1].stop - window[1].start, window[0].stop - window[0].start)
    printed = cv2.warpAffine(face, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    gray = printed.mean(axis=2, keepdims=True)
    return (gray + (printed - gray) * rng.uniform(0.6, 1.1)) * rng.uniform(0.85, 1.15) + rng.uniform(0, 30)


def _hem(depth: np.ndarray, rng: np.random.Generator) -> np.ndarray | float:
    """The darker line where a border is sewn, and the edge itself, which turns away from the light."""
    if rng.random() < 0.3:
        return 1.0
    wide = rng.uniform(0.05, 0.11)
    line = np.maximum(1 - np.abs(depth - wide) * 50, 0) * rng.uniform(0.0, 0.18)
    return 1 - line - np.clip(1 - depth * 30, 0, 1) * rng.uniform(0, 0.2)


def _pleats(u: np.ndarray, v: np.ndarray, far: np.ndarray, height: float, rng: np.random.Generator) -> np.ndarray:
    """Three or four pleats across, each a dark crease below a bright fold, flattened out in the middle; the nose wire."""
    count, sag = int(rng.integers(3, 5)), rng.uniform(-0.1, 0.15)
    place = ((v - 0.1 + sag * u * u) * count * 1.15 + rng.uniform(0, 0.3)) % 1
    strength = rng.uniform(0.06, 0.24) * (0.4 + 0.6 * np.minimum(far, 1))
    crease = np.exp(place * -7) - 0.4 * np.exp((place - 1) * 8)
    light = 1 - strength * crease
    if rng.random() < 0.7:
        light += rng.uniform(-0.1, 0.12) * ((np.abs(v - 0.07) < 0.025) & (far < 0.4))
    return light * _creases(u, v, 0.05, rng)


def _creases(u: np.ndarray, v: np.ndarray, most: float, rng: np.random.Generator) -> np.ndarray:
    """Soft unevenness of worn cloth, stronger toward the sides, where the loops pull it."""
    bumps = rng.standard_normal((6, 7)).astype(np.float32)
    noise = cv2.remap(bumps, np.clip(u * 3 + 3, 0, 6), np.clip(v * 5, 0, 5), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return 1 + rng.uniform(0.2, 1) * most * noise


def _folds(u: np.ndarray, v: np.ndarray, far: np.ndarray, height: float, rng: np.random.Generator) -> np.ndarray:
    """Folds that run from the corners, and the seam down the middle of many sewn masks, whose halves face two ways."""
    light = _creases(u, v, 0.12, rng)
    for _ in range(int(rng.integers(0, 4))):
        place = rng.uniform(0.1, 0.95)
        line = (v - place + rng.uniform(-0.25, 0.25) * u) * 14
        light -= rng.uniform(0.04, 0.16) * np.exp(-line * line) * np.minimum(0.3 + far, 1)
    if rng.random() < 0.45:
        light += rng.uniform(-0.1, 0.1) * np.clip(u * 12, -1, 1)
        light -= rng.uniform(0.05, 0.25) * np.exp(-((u * 40) ** 2))
    return light


def _dome(u: np.ndarray, v: np.ndarray, far: np.ndarray, height: float, rng: np.random.Generator) -> np.ndarray:
    """A cup's highlight and pressed rim, or the upright edge of a folded one (KN95), the metal strip on its nose."""
    if rng.random() < 0.5:
        light = 1 + rng.uniform(0.04, 0.14) * np.clip(u * float(rng.choice([-14, 14])), -1, 1)
        light -= rng.uniform(0, 0.2) * np.exp(-((u * 30) ** 2))
    else:
        away = np.sqrt(u * u * 1.2 + (v - 0.5) ** 2 * 3.6)
        light = 1.06 - rng.uniform(0.1, 0.3) * np.minimum(away, 1) ** 3 - 0.12 * np.exp(-(((away - 0.86) * 25) ** 2))
        if rng.random() < 0.4:
            light -= rng.uniform(0.08, 0.25) * np.exp(-np.clip(v - 0.55, 0, None) * 16) * (v > 0.55)
    if rng.random() < 0.4:
        light -= rng.uniform(0.1, 0.5) * ((np.abs(v - 0.1) < 0.03) & (far < 0.3))
    return light * _creases(u, v, 0.04, rng)


_RELIEFS = {"surgical": _pleats, "cloth": _folds, "molded": _dome, "printed": _folds}


def _valve(cloth: np.ndarray, x: np.ndarray, y: np.ndarray, height: float, rng: np.random.Generator) -> None:
    """A round exhalation valve on the middle or next to it, in place."""
    size = rng.uniform(0.15, 0.24)
    away = np.hypot(x - float(rng.choice([-0.3, 0, 0.3])), y - 0.6 * height) / size
    cloth[away < 1] *= rng.uniform(0.6, 1.1)
    cloth[(np.abs(away - 0.95) < 0.1) | ((away < 0.7) & ((y / 0.08) % 1 < 0.3))] *= 0.7
