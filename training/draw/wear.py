"""How a mask is worn: where its edges lie on a head, for each state, up to the border between the classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.draw.head import Head

# How often each wrong way is drawn.
WEIGHTS = {"nose": 0.4, "chin": 0.22, "mouth": 0.1, "eyes": 0.1, "forehead": 0.08, "hanging": 0.1}
INCORRECT = tuple(WEIGHTS)
STATES = ("correct", *INCORRECT)

MARGIN = 0.115  # around the face box, as a share of the picture's side: what the crops of the data hold
LEAST = 0.04  # share of the face box that a mask covers at least
_TRIES = 4
_CORNER = 0.13  # radius of corners, in eye-to-mouth distances


@dataclass(frozen=True)
class Worn:
    """A mask in a picture: how deep inside its outline each pixel lies (negative outside), and where on the cloth.

    x, y: distances across and down on the cloth; u: x from -1 to 1; v: y from 0 to 1; each float32 [h, w], lengths in eye-to-mouth
    distances. corners: where straps are fastened, and the ear's side (-1, 1) that each pulls to. height: of the cloth, in its middle.
    """

    depth: np.ndarray
    x: np.ndarray
    y: np.ndarray
    u: np.ndarray
    v: np.ndarray
    corners: tuple[tuple[np.ndarray, int], ...]
    height: float
    middle: tuple[float, float]

    def window(self, around: float) -> tuple[slice, slice] | None:
        """The part of the picture within `around` of the mask."""
        near = self.depth > -around
        rows, cols = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
        return (slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)) if len(rows) else None

    def share(self) -> float:
        """Share of the face box that the mask covers."""
        height, width = self.depth.shape
        dy, dx = int(height * MARGIN), int(width * MARGIN)
        return float((self.depth[dy : height - dy, dx : width - dx] > 0).mean())


@dataclass(frozen=True)
class Edges:
    """top, bottom: heights in the middle; drop, rise: how much lower the top's and the bottom's ends lie; bend: how late they turn.

    reach: the angle from the middle at which the mask ends; lean: how much lower per radian it lies to the right.
    """

    top: float
    drop: float
    bend: float
    bottom: float
    rise: float
    reach: float
    lean: float

    def on(self, head: Head) -> Worn:
        around, reach = head.around, self.reach
        u = around / reach
        far = np.minimum(np.abs(u), 1.2)
        square = far * far
        height = head.height - self.lean * around
        top = self.top + self.drop * (square if self.bend == 2 else far**self.bend)
        y = height - top
        tall = np.maximum(self.bottom - top + self.rise * square, 0.12)
        depth = _rounded(np.minimum(y, tall - y), np.minimum((reach - np.abs(around)) * 0.9, head.rim))
        ends = ((self.top + self.drop + 0.06, self.bottom + self.rise - 0.1), (-1, 1))
        corners = tuple((head.at(side * reach * 0.97, h + self.lean * side * reach), side) for side in ends[1] for h in ends[0])
        middle = (0.0, (self.top + self.bottom) / 2)
        return Worn(depth, around * 0.95, y, u, y / tall, corners, self.bottom - self.top, middle)


def put_on(head: Head, landmarks: np.ndarray, state: str, kind: str, rng: np.random.Generator) -> Worn:
    """A mask worn in `state`; where hardly any of it would lie in the face box, nearer to the face, and at last below the nose."""
    points = np.asarray(landmarks, np.float32).reshape(5, 2)
    (side, nose), (_, mouth) = head.on(points[2]), head.on(points[3:].mean(axis=0))
    mouth = max(mouth, nose + 0.25)
    for attempt in range(_TRIES):
        near = attempt / (_TRIES - 1)
        hangs = state == "hanging"
        worn = _hanging(head, near, rng) if hangs else _edges(state, kind, nose, mouth, side, near, rng).on(head)
        if worn.share() >= LEAST:
            return worn
    return _edges("correct" if state == "correct" else "nose", kind, nose, mouth, side, 1, rng).on(head)


def _edges(state: str, kind: str, nose: float, mouth: float, side: float, near: float, rng: np.random.Generator) -> Edges:
    """The edges of a mask in `state`; nose, mouth: heights of the nose's tip and the lips; side: the angle of the nose's tip."""
    lip = mouth - nose
    reach = {"surgical": rng.uniform(0.95, 1.3), "molded": rng.uniform(0.85, 1.1)}.get(kind, rng.uniform(1.0, 1.45))
    lean = rng.normal(0, 0.05)
    chin = max(1.72, mouth + 0.72)
    bottom = chin + rng.uniform(0.02, 0.32)
    rise = rng.uniform(-0.6, -0.15)
    if state == "correct":
        edge = nose - (rng.uniform(0.12, 0.2) if rng.random() < 0.25 else rng.uniform(0.15, 0.42))
        drop, bend = rng.uniform(0.1, 0.45), rng.uniform(0.8, 2)
    elif state == "nose":
        edge = nose + 0.06 + rng.uniform(0, max(0.9 * lip - 0.12, 0.08)) * (1 - near)
        drop, bend = rng.uniform(-0.12, 0.25), 2
    elif state == "mouth":
        edge, drop, bend = nose + rng.uniform(0.08, 0.14), rng.uniform(-0.05, 0.15), 2
        bottom, rise, reach = mouth + rng.uniform(0.25, 0.42), rng.uniform(-0.2, 0.05), reach * rng.uniform(0.7, 1.0)
    elif state == "chin":
        return _chin(mouth, chin, reach, lean, near, rng)
    elif state == "eyes":
        edge, drop, bend = rng.uniform(-1.0, -0.45), rng.uniform(-0.1, 0.3), 2
        bottom, rise = rng.uniform(0.2, max(nose - 0.12, 0.25)), rng.uniform(-0.2, 0.1)
    else:
        bottom = rng.uniform(-0.75 + 0.5 * near, -0.22)
        edge, drop, bend = bottom - rng.uniform(0.4, 1.0), rng.uniform(-0.1, 0.35), 2
        rise, reach, lean = rng.uniform(-0.1, 0.25), reach * rng.uniform(0.9, 1.2), lean * 2
    if kind == "molded":  # a dome: no corner at the ear
        drop, rise, bend = drop + 0.2, rise - 0.15, 2
    far = min(abs(side) / reach, 1)
    return Edges(edge - drop * far**bend - lean * side, drop, bend, bottom, rise, reach, lean)


def _rounded(down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Depth, at most _CORNER, inside two pairs of edges whose corners are rounded; down, across: depth inside each pair."""
    a, b = np.maximum(_CORNER - down, 0), np.maximum(_CORNER - across, 0)
    return _CORNER - np.sqrt(a * a + b * b)


def _chin(mouth: float, chin: float, reach: float, lean: float, near: float, rng: np.random.Generator) -> Edges:
    """Under the lip, over the chin, or pushed together to a roll under the jaw, its ends pulled up toward the ears."""
    low = mouth + 0.14
    if rng.random() < 0.3:
        edge = rng.uniform(chin - 0.4, chin + 0.05) - 0.5 * near * (chin - low)
        return Edges(edge, rng.uniform(-0.75, -0.25), 2, edge + rng.uniform(0.2, 0.45), rng.uniform(-0.8, -0.3), reach * 1.1, lean)
    edge = low + (chin - 0.15 - low) * (rng.random() ** 1.4 - 0.5 * near)
    bottom = max(edge + rng.uniform(0.4, 0.8), chin + rng.uniform(0, 0.3))
    return Edges(max(edge, low), rng.uniform(-0.45, 0.0), 2, bottom, rng.uniform(-0.7, -0.2), reach, lean)


def _hanging(head: Head, near: float, rng: np.random.Generator) -> Worn:
    """From one ear, most often the one in sight, beside the jaw; folded or flat."""
    seen = -1 if head.sin > 0 else 1
    side = seen if rng.random() < 0.5 + 0.5 * min(abs(head.sin) * 4, 1) else -seen
    s, t = head.frame.grid(head.rim.shape)
    ear = head.at(side * 1.45, rng.uniform(0.2, 0.5))
    offset = (ear - head.frame.origin) / head.frame.unit
    half, tall = rng.uniform(0.25, 0.65), rng.uniform(1.1, 2.0)
    turn = rng.normal(0, 0.2)
    left = float(offset @ head.frame.across) + side * (half - rng.uniform(0.05, 0.55) - 0.2 * near)
    top = float(offset @ head.frame.down) + rng.uniform(0.2, 0.8) * (1 - 0.6 * near)
    s, t = s - left, t - top
    cos, sin = float(np.cos(turn)), float(np.sin(turn))
    x, y = cos * s - sin * t, cos * t + sin * s
    x = x - rng.uniform(-0.12, 0.12) * y * y + rng.uniform(-0.15, 0.15) * np.sin(2.5 * y)
    depth = _rounded(np.minimum(y + rng.uniform(-0.3, 0.3) * x, tall - y + rng.uniform(-0.3, 0.3) * x), half - np.abs(x))
    axis = np.array([cos, -sin]), np.array([sin, cos])
    ends = [head.frame.at(*(np.array([left, top]) + axis[0] * half * k + 0.05 * axis[1])) for k in (-0.85, 0.85)]
    return Worn(depth, y, x + half, y / tall * 2 - 1, (x + half) / (2 * half), tuple((e, side) for e in ends), 2 * half, (left, top))
