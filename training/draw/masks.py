"""Draws face masks on unmasked faces: worn correctly, or incorrectly in one of four ways."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.draw import texture

STATES = ("correct", "nose", "mouth", "chin", "eyes")
INCORRECT = STATES[1:]
KINDS = ("surgical", "cloth", "molded")

# Where each state's upper and lower edges lie, in units of the eye-to-mouth distance below the eyes:
# the nose tip is near 0.6, the mouth at 1, the chin near 1.75. (center top, side top, center bottom)
_EDGES = {
    "correct": ((0.22, 0.46), (0.38, 0.62), (1.70, 2.05)),
    "nose": ((0.74, 0.90), (0.66, 0.95), (1.70, 2.10)),
    "mouth": ((0.72, 0.85), (0.72, 0.90), (1.28, 1.42)),
    "chin": ((1.22, 1.50), (1.05, 1.45), (1.85, 2.35)),
    "eyes": ((-1.20, -0.50), (-1.00, -0.45), (-0.25, 0.25)),
}


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

    def grid(self, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Face coordinates s and t of every pixel of a picture of `shape`, each float32 [h, w]."""
        cols = (np.arange(shape[1], dtype=np.float32) - self.origin[0]) / self.unit
        rows = (np.arange(shape[0], dtype=np.float32) - self.origin[1])[:, None] / self.unit
        return cols * self.across[0] + rows * self.across[1], cols * self.down[0] + rows * self.down[1]


def draw(
    image: np.ndarray,
    landmarks: np.ndarray,
    state: str,
    rng: np.random.Generator,
    print_of: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Returns a copy of uint8 RGB [h, w, 3] with a random mask in `state`, one of STATES; landmarks [5, 2] in pixels.

    The mask is a surgical, cloth or molded (N95) one, or, given `print_of` (another unmasked face and its landmarks
    in pixels), one printed with that face's lower half (arXiv:2201.06427). Raises ValueError for another state.
    """
    if state not in STATES:
        raise ValueError(f"state {state!r} is not one of {', '.join(STATES)}")
    frame = Frame(landmarks)
    kind = "printed" if print_of else str(rng.choice(KINDS, p=(0.35, 0.4, 0.25)))
    shape = _shape(frame, state, kind, rng)
    polygon = _smooth(shape.outline(frame))
    alpha = np.zeros(image.shape[:2], np.uint8)
    _fill(alpha, polygon)
    out = image.copy()
    cloth = texture.render(image, frame, alpha, shape, kind, rng, print_of)
    if kind == "molded":
        _bands(out, frame, shape, rng)
    elif print_of or rng.random() < 0.8:  # without loops a printed mask could pass for an unmasked face
        _loops(out, frame, shape, rng)
    soft = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.4, 1.0)).astype(np.float32)[..., None] / 255
    return np.clip(out * (1 - soft) + cloth * soft, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Shape:
    """Where a mask lies in face coordinates (see Frame): upper edge in the middle and at the sides, lower edge, left, right."""

    top: float
    side: float
    bottom: float
    left: float
    right: float
    taper: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def outline(self, frame: Frame) -> np.ndarray:
        """The corners [10, 2] in pixels."""
        top, side, bottom, left, right, middle = self.top, self.side, self.bottom, self.left, self.right, frame.middle
        corners = (
            (left, side),
            ((left + middle) / 2, (side + 2 * top) / 3),
            (middle, top),
            ((right + middle) / 2, (side + 2 * top) / 3),
            (right, side),
            (right * 0.97 + 0.03 * middle, side + 0.5 * self.height),
            (middle + (right - middle) * self.taper, bottom - 0.1 * self.height),
            (middle, bottom),
            (middle + (left - middle) * self.taper, bottom - 0.1 * self.height),
            (left * 0.97 + 0.03 * middle, side + 0.5 * self.height),
        )
        return np.array([frame.at(s, t) for s, t in corners])


def _shape(frame: Frame, state: str, kind: str, rng: np.random.Generator) -> Shape:
    top, side, bottom = (rng.uniform(*r) for r in _EDGES[state])
    wide = 0.7 if state == "mouth" else rng.uniform(0.92, 1.12)
    if kind == "molded":  # a dome: no corner at the ear, narrow at the chin
        wide, side, taper = wide * 0.88, side + 0.12 * (bottom - top), rng.uniform(0.4, 0.55)
    else:
        taper = rng.uniform(0.45, 0.8)
    return Shape(top, side, bottom, frame.middle - frame.left * wide, frame.middle + frame.right * wide, taper)


def _smooth(points: np.ndarray) -> np.ndarray:
    """Rounds a closed polygon by cutting its corners twice (Chaikin, 1974)."""
    for _ in range(2):
        after = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], axis=1).reshape(-1, 2)
    return points


def _fill(target: np.ndarray, polygon: np.ndarray) -> None:
    fixed = np.clip(polygon, -4096, 4096) * 16
    cv2.fillPoly(target, [fixed.astype(np.int32)], 255, cv2.LINE_AA, 4)


def _loops(out: np.ndarray, frame: Frame, shape: Shape, rng: np.random.Generator) -> None:
    """Ear loops from each side of the mask up to the ear, in place."""
    color, thick = _string(frame, rng)
    for edge, sign in ((shape.left, -1), (shape.right, 1)):
        ear = (edge + sign * rng.uniform(0.1, 0.3), rng.uniform(0.0, 0.3))
        for share in (0.08, 0.55):
            _line(out, frame, (edge, shape.side + share * shape.height), ear, color, thick)


def _bands(out: np.ndarray, frame: Frame, shape: Shape, rng: np.random.Generator) -> None:
    """The two headbands of a molded mask, from each side over and under the ear, in place."""
    color, thick = _string(frame, rng)
    over, under = rng.uniform(-0.4, -0.1), rng.uniform(0.1, 0.4)
    for edge, sign in ((shape.left, -1), (shape.right, 1)):
        for share, rise in ((0.05, over), (0.3, under)):
            t = shape.side + share * shape.height
            _line(out, frame, (edge, t), (edge + sign * 0.6, t + rise), color, thick)


def _string(frame: Frame, rng: np.random.Generator) -> tuple[tuple, int]:
    color = rng.uniform(200, 255, 3) if rng.random() < 0.7 else rng.uniform(0, 80, 3)
    return tuple(int(c) for c in color), max(1, round(frame.unit * rng.uniform(0.02, 0.06)))


def _line(out: np.ndarray, frame: Frame, a: tuple, b: tuple, color: tuple, thick: int) -> None:
    ends = (tuple(int(v) for v in np.clip(frame.at(*p), -4096, 4096)) for p in (a, b))
    cv2.line(out, *ends, color, thick, cv2.LINE_AA)
