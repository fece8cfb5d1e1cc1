"""Draws face masks on bare faces: worn correctly, incorrectly, or several kinds of not quite."""

from __future__ import annotations

import cv2
import numpy as np

STATES = ("correct", "nose", "mouth", "chin", "eyes")
WORN_WRONG = STATES[1:]

# Where each state's upper and lower edges lie, in units of the eye-to-mouth distance below the eyes:
# the nose tip is near 0.6, the mouth at 1, the chin near 1.75. (centre top, side top, centre bottom)
_EDGES = {
    "correct": ((0.22, 0.46), (0.38, 0.62), (1.70, 2.05)),
    "nose": ((0.74, 0.90), (0.66, 0.95), (1.70, 2.10)),
    "mouth": ((0.72, 0.85), (0.72, 0.90), (1.28, 1.42)),
    "chin": ((1.22, 1.50), (1.05, 1.45), (1.85, 2.35)),
    "eyes": ((-1.20, -0.50), (-1.00, -0.45), (-0.25, 0.25)),
}
_COLOURS = ((170, 205, 225), (120, 170, 210), (235, 235, 235), (25, 25, 28), (60, 70, 90), (150, 200, 175), (225, 170, 185))


class Frame:
    """Face coordinates from five landmarks: eyes, nose, mouth corners, [5, 2] in pixels, subject's right eye first."""

    def __init__(self, landmarks: np.ndarray) -> None:
        points = np.asarray(landmarks, np.float32).reshape(5, 2)
        eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
        down = mouth - eyes
        self.unit = float(max(np.hypot(*down), 1.0))
        self.origin = eyes
        self.down = down / self.unit
        self.across = np.array([self.down[1], -self.down[0]], np.float32)
        offset = (points - eyes) @ self.across / self.unit
        self.middle = float(np.clip(offset[2], -0.6, 0.6))
        # A turned head shows less cheek on the side the nose points to.
        eye = sorted((float(offset[0]), float(offset[1])))
        self.left = min(max(self.middle - eye[0], 0.1), 0.9) + 0.38
        self.right = min(max(eye[1] - self.middle, 0.1), 0.9) + 0.38

    def at(self, s: float, t: float) -> np.ndarray:
        """Pixel of the point s eye-to-mouth distances across and t down."""
        return self.origin + self.unit * (s * self.across + t * self.down)


def draw(image: np.ndarray, landmarks: np.ndarray, state: str, rng: np.random.Generator) -> np.ndarray:
    """Returns a copy of uint8 RGB [h, w, 3] with a random mask in `state`, one of STATES."""
    if state not in STATES:
        raise ValueError(f"state {state!r} is not one of {', '.join(STATES)}")
    frame = Frame(landmarks)
    top, side, bottom = (rng.uniform(*r) for r in _EDGES[state])
    wide = rng.uniform(0.92, 1.12)
    left, right = frame.middle - frame.left * wide, frame.middle + frame.right * wide
    if state == "mouth":
        left, right = frame.middle - 0.7 * frame.left, frame.middle + 0.7 * frame.right
    height = bottom - top
    taper = rng.uniform(0.45, 0.8)
    outline = [
        frame.at(left, side),
        frame.at((left + frame.middle) / 2, (side + 2 * top) / 3),
        frame.at(frame.middle, top),
        frame.at((right + frame.middle) / 2, (side + 2 * top) / 3),
        frame.at(right, side),
        frame.at(right * 0.97 + 0.03 * frame.middle, side + 0.5 * height),
        frame.at(frame.middle + (right - frame.middle) * taper, bottom - 0.1 * height),
        frame.at(frame.middle, bottom),
        frame.at(frame.middle + (left - frame.middle) * taper, bottom - 0.1 * height),
        frame.at(left * 0.97 + 0.03 * frame.middle, side + 0.5 * height),
    ]
    polygon = _smooth(np.array(outline))
    out = image.copy()
    cloth = _cloth(image, frame, polygon, top, bottom, rng)
    if rng.random() < 0.8:
        _loops(out, frame, (left, right), side, height, rng)
    alpha = np.zeros(image.shape[:2], np.uint8)
    _fill(alpha, polygon)
    soft = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.4, 1.0)).astype(np.float32)[..., None] / 255
    return np.clip(out * (1 - soft) + cloth * soft, 0, 255).astype(np.uint8)


def _smooth(points: np.ndarray) -> np.ndarray:
    """Rounds a closed polygon by cutting its corners twice (Chaikin, 1974)."""
    for _ in range(2):
        after = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], axis=1).reshape(-1, 2)
    return points


def _fill(target: np.ndarray, polygon: np.ndarray) -> None:
    fixed = np.clip(polygon, -4096, 4096) * 16
    cv2.fillPoly(target, [fixed.astype(np.int32)], 255, cv2.LINE_AA, 4)


def _cloth(image: np.ndarray, frame: Frame, polygon: np.ndarray, top: float, bottom: float, rng: np.random.Generator) -> np.ndarray:
    """The mask's fabric over the whole picture, float32 [h, w, 3]: colour, pattern, folds, light."""
    height, width = image.shape[:2]
    if rng.random() < 0.7:
        colour = np.array(_COLOURS[int(rng.integers(len(_COLOURS)))], np.float32) + rng.normal(0, 12, 3)
    else:
        colour = rng.uniform(0, 255, 3)
    rows, cols = np.mgrid[0:height, 0:width].astype(np.float32)
    s = ((cols - frame.origin[0]) * frame.across[0] + (rows - frame.origin[1]) * frame.across[1]) / frame.unit
    t = ((cols - frame.origin[0]) * frame.down[0] + (rows - frame.origin[1]) * frame.down[1]) / frame.unit
    cloth = np.broadcast_to(colour.astype(np.float32), image.shape).copy()
    _pattern(cloth, s, t, rng)
    # Cloth bulges over the nose, so it darkens towards the sides; folds run across it.
    half = (frame.left + frame.right) / 2
    light = 1 - rng.uniform(0.05, 0.35) * np.clip(np.abs(s - frame.middle) / half, 0, 1) ** 2
    depth = (t - top) / max(bottom - top, 0.1)
    light *= 1 - rng.uniform(0, 0.25) * np.clip(depth, 0, 1) ** 2
    folds = int(rng.integers(0, 5))
    if folds:
        wave = np.sin((depth + rng.uniform(-0.1, 0.1) * s) * folds * 2 * np.pi + rng.uniform(0, 6))
        light *= 1 - rng.uniform(0.03, 0.15) * np.clip(wave, 0, 1) ** 4
    if rng.random() < 0.3:  # the seam of a moulded mask
        light *= 1 - 0.25 * np.exp(-(((s - frame.middle) / 0.03) ** 2))
    light += rng.uniform(-0.15, 0.15) * (s - frame.middle)
    # The scene's own light: bright faces wear bright masks.
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inside = np.zeros(image.shape[:2], np.uint8)
    _fill(inside, polygon)
    level = cv2.mean(grey, inside)[0] / 130 if inside.any() else 1.0
    relief = cv2.GaussianBlur(grey, (0, 0), frame.unit * 0.25) / max(grey.mean(), 1)
    light *= np.clip(level, 0.35, 1.25) ** rng.uniform(0.4, 1) * (1 + rng.uniform(0, 0.5) * (np.clip(relief, 0.5, 1.5) - 1))
    return cloth * light[..., None] + rng.normal(0, rng.uniform(0, 4), image.shape)


def _pattern(cloth: np.ndarray, s: np.ndarray, t: np.ndarray, rng: np.random.Generator) -> None:
    """Prints stripes, checks, dots or a blotch of a second colour on part of the masks, in place."""
    kind = rng.random()
    if kind > 0.3:
        return
    second = rng.uniform(0, 255, 3).astype(np.float32)
    period, turn = rng.uniform(0.12, 0.5), rng.uniform(0, np.pi)
    u, v = np.cos(turn) * s + np.sin(turn) * t, np.cos(turn) * t - np.sin(turn) * s
    if kind < 0.1:
        where = (u / period) % 1 < 0.5
    elif kind < 0.17:
        where = ((u / period) % 1 < 0.5) ^ ((v / period) % 1 < 0.5)
    elif kind < 0.24:
        where = ((u / period) % 1 - 0.5) ** 2 + ((v / period) % 1 - 0.5) ** 2 < 0.08
    else:
        where = ((s - rng.uniform(-0.3, 0.3)) / 0.3) ** 2 + ((t - rng.uniform(0.8, 1.6)) / 0.25) ** 2 < 1
    cloth[where] = second


def _loops(out: np.ndarray, frame: Frame, sides: tuple[float, float], side: float, height: float, rng: np.random.Generator) -> None:
    """Ear loops from each side of the mask up to the ear, in place."""
    colour = tuple(int(c) for c in (rng.uniform(200, 255, 3) if rng.random() < 0.7 else rng.uniform(0, 80, 3)))
    thick = max(1, round(frame.unit * rng.uniform(0.02, 0.06)))
    for edge, sign in zip(sides, (-1, 1), strict=True):
        ear = frame.at(edge + sign * rng.uniform(0.1, 0.3), rng.uniform(0.0, 0.3))
        for t in (side + 0.08 * height, side + 0.55 * height):
            a, b = np.clip(frame.at(edge, t), -4096, 4096), np.clip(ear, -4096, 4096)
            cv2.line(out, tuple(int(v) for v in a), tuple(int(v) for v in b), colour, thick, cv2.LINE_AA)
