"""Draws what hides a mouth and is no mask (hand, scarf, beard, cup, phone, microphone): hard negatives for the label `none`."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from training.draw.head import Frame

Paint = Callable[["Canvas", np.random.Generator], None]


class Canvas:
    """A picture being painted on, float32 RGB, with its face coordinates s (across) and t (down), see head.Frame."""

    def __init__(self, image: np.ndarray, landmarks: np.ndarray) -> None:
        self.pixels = image.astype(np.float32)
        self.frame = Frame(landmarks)
        self.s, self.t = self.frame.grid(image.shape[:2])
        self.s -= self.frame.middle
        self.half = (self.frame.left + self.frame.right) / 2
        self.skin = self._skin(np.asarray(landmarks, np.float32))
        self.level = float(np.clip(self.skin.mean() / 150, 0.25, 1.2))  # the scene's own light

    def _skin(self, points: np.ndarray) -> np.ndarray:
        """The face's own color [3]: the median of small windows on both cheeks and the nose."""
        height, width = self.pixels.shape[:2]
        found = []
        for point in (points[2], (points[0] + points[3]) / 2, (points[1] + points[4]) / 2):
            x, y = np.clip(point, 2, (width - 3, height - 3)).astype(int)
            found.append(self.pixels[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3))
        return np.median(np.concatenate(found), axis=0)

    def color(self, rng: np.random.Generator, low: float = 0, high: float = 255) -> np.ndarray:
        """A color [3] between two brightnesses under the scene's light, more often dull than bright."""
        mixed = rng.uniform(low, high, 3)
        return (mixed + (mixed.mean() - mixed) * rng.choice([0.0, 0.6, 0.9])) * self.level

    def noise(self, rows: int, cols: int, rng: np.random.Generator) -> np.ndarray:
        """Smooth noise in [0, 1] over the picture, float32 [h, w], of rows x cols blobs."""
        height, width = self.pixels.shape[:2]
        return cv2.resize(rng.random((rows, cols), np.float32), (width, height), interpolation=cv2.INTER_LINEAR)

    def paint(
        self, inside: np.ndarray, color: np.ndarray, light: np.ndarray, shadow: float = 0.0, soft: float = 0.0, where: tuple = ()
    ) -> None:
        """Applies color [3] or [h, w, 3] times light [h, w] where `inside`, the signed depth in face units, is positive.

        The edge is `soft` face units wide, at least a pixel; `shadow` darkens what lies around it. `where` limits all to a window.
        """
        pixels = self.pixels[where]
        if shadow:
            pixels *= (1 - shadow * np.clip(1 + inside / 0.15, 0, 1))[..., None]
        alpha = np.clip(inside / max(soft, 1 / self.frame.unit) + 0.5, 0, 1)
        pixels += alpha[..., None] * (light[..., None] * np.asarray(color, np.float32) - pixels)

    def limb(
        self, a: np.ndarray, b: np.ndarray, radius: float, color: np.ndarray, shadow: float = 0.2, soft: float = 0.0, rim: float = 0.35
    ) -> None:
        """A rounded cylinder from a to b (s, t), its rim darker by `rim`: fingers, arms, handles."""
        height, width = self.s.shape
        ends = np.stack([self.frame.at(self.frame.middle + p[0], p[1]) for p in (a, b)])
        reach = (radius + 0.15 + soft) * self.frame.unit
        x, y = np.clip(ends.min(axis=0) - reach, 0, (width, height)).astype(int)
        right, bottom = np.clip(ends.max(axis=0) + reach, 0, (width, height)).astype(int)
        if x >= right or y >= bottom:
            return
        where = np.s_[y:bottom, x:right]
        ds, dt = float(b[0] - a[0]), float(b[1] - a[1])
        s, t = self.s[where] - float(a[0]), self.t[where] - float(a[1])
        along = np.clip((s * ds + t * dt) / max(ds * ds + dt * dt, 1e-6), 0, 1)
        away = np.hypot(s - along * ds, t - along * dt) / radius
        self.paint((1 - away) * radius, color, 1.05 - rim * np.minimum(away, 1) ** 3, shadow, soft, where)


def occlude(image: np.ndarray, landmarks: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Returns a copy of uint8 RGB [h, w, 3] with one of KINDS drawn at the mouth; landmarks [5, 2] in pixels.

    Raises ValueError for another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
    canvas = Canvas(image, landmarks)
    KINDS[kind](canvas, rng)
    return np.clip(canvas.pixels, 0, 255).astype(np.uint8)


def _hand(canvas: Canvas, rng: np.random.Generator) -> None:
    """The back of a hand, 8 cm wide (the eye-to-mouth distance is 7), over mouth and chin, from below or from a side."""
    turn = rng.uniform(-0.5, 0.5) if rng.random() < 0.4 else rng.choice([-1, 1]) * rng.uniform(0.9, 1.6)
    aim = np.array([np.sin(turn), -np.cos(turn)])  # where the fingers point
    across = np.array([-aim[1], aim[0]])
    skin = canvas.skin * rng.uniform(0.82, 1.05) + rng.normal(0, 4, 3)
    wide, length = rng.uniform(0.13, 0.16), rng.uniform(0.8, 1.1)
    mouth = np.array([rng.uniform(-0.15, 0.15), rng.uniform(0.95, 1.2)])
    knuckles = mouth - aim * length * rng.uniform(0.1, 0.5)
    wrist = knuckles - aim * 1.4
    thumb = rng.choice([-1, 1])
    if rng.random() < 0.6:
        root = knuckles - aim * 0.8 + across * thumb * wide * 3
        canvas.limb(root, root + aim * 0.5 + across * thumb * wide * rng.uniform(1, 3), wide * 1.1, skin)
    canvas.limb(wrist, wrist - aim * 3, 0.42, skin * 0.93, soft=0.1, rim=0.25)
    if rng.random() < 0.5:
        canvas.limb(wrist - aim * rng.uniform(0.3, 0.9), wrist - aim * 4, 0.52, canvas.color(rng))  # a sleeve
    spread = rng.uniform(0.0, 0.06) if rng.random() < 0.7 else rng.uniform(0.06, 0.14)
    for place, reach in zip((-3, -1, 1, 3), (0.8, 0.97, 1.0, 0.88)[:: int(thumb)], strict=True):
        start = knuckles + across * place * wide * 0.97
        tip = start + (aim + across * place * spread) * length * reach
        tint = skin * rng.uniform(0.95, 1.03)
        canvas.limb(start, tip, wide, tint, 0.3)
        canvas.limb(tip, tip - aim * 0.06, wide * 0.5, tint * 0.9 + 22 * canvas.level, 0)  # the nail
    # The back of the hand grows out of the fingers: soft, so that no edge shows between them.
    for place in (-1, 1):
        canvas.limb(knuckles + across * place * wide * 1.6, wrist + across * place * wide, wide * 2.2, skin * 0.98, 0, 0.25, 0.12)


def _scarf(canvas: Canvas, rng: np.random.Generator) -> None:
    """A broad band of cloth over the chin or, half of the time, the mouth, out of the picture on both sides and below."""
    top = rng.uniform(0.78, 1.05) if rng.random() < 0.5 else rng.uniform(1.2, 1.5)
    first, second = canvas.color(rng), canvas.color(rng)
    sag, phase, slope = rng.uniform(-0.15, 0.2), rng.uniform(0, 6), rng.uniform(-0.15, 0.15)
    depth = canvas.t - top + sag * canvas.s**2 + slope * canvas.s + 0.04 * np.sin(5 * canvas.s + phase)
    across, down = rng.uniform(0.05, 0.1), rng.uniform(0.06, 0.14)
    knit = np.abs((canvas.s / across) % 2 - 1)
    light = 0.85 + 0.25 * np.sin(2 * np.pi * (depth / down + knit * rng.uniform(0, 1)))
    light = 1 + (light - 1) * rng.uniform(0.1, 0.7)
    for _ in range(int(rng.integers(2, 5))):  # the folds of the wraps
        fold = depth - rng.uniform(0.15, 1.2) - rng.uniform(-0.3, 0.3) * canvas.s - rng.uniform(-0.2, 0.3) * canvas.s**2
        light *= 1 - rng.uniform(0.2, 0.45) * np.exp(-np.abs(fold) / 0.1) * (fold > 0)
    light *= (0.75 + 0.25 * np.clip(depth / 0.12, 0, 1)) * (1.1 - 0.2 * np.abs(canvas.s)) * rng.uniform(0.6, 1.1)
    light *= 0.9 + 0.2 * canvas.noise(24, 24, rng)
    stripes = ((depth / rng.uniform(0.2, 0.6)) % 1 < rng.uniform(0.2, 0.6)) if rng.random() < 0.5 else np.zeros(depth.shape, bool)
    canvas.paint(depth, np.where(stripes[..., None], second, first), np.maximum(light, 0.1), 0.3)


def _beard(canvas: Canvas, rng: np.random.Generator) -> None:
    """Hair on cheeks, chin and upper lip around a visible mouth, of strands that run away from it."""
    shade = rng.choice([22, 40, 65, 110, 160], p=(0.35, 0.3, 0.2, 0.1, 0.05))
    hair = (shade * np.array([1.1, 1.0, 0.9]) + rng.normal(0, 4, 3)).clip(8, 255) * canvas.level
    bottom = rng.uniform(1.75, 2.1) if rng.random() < 0.6 else rng.uniform(2.1, 3.0)
    jaw = canvas.half * np.sqrt(np.clip(1 - (np.maximum(canvas.t - 0.6, 0) / (bottom - 0.6)) ** 2, 0, 1)) * 0.97
    cheek = rng.uniform(0.75, 1.0) - 0.75 * np.clip(np.abs(canvas.s) - 0.3, 0, None) ** 1.2
    grown = np.minimum(jaw - np.abs(canvas.s), canvas.t - np.maximum(cheek, 0.1))
    lips = np.hypot(canvas.s / rng.uniform(0.34, 0.42), (canvas.t - 1.03) / rng.uniform(0.12, 0.17)) - 1
    grown = np.minimum(grown, lips * 0.2)
    strands = rng.random((48, 160), np.float32)
    angle = np.arctan2(canvas.s, canvas.t - 0.3) * 90 + 8 * canvas.noise(6, 6, rng)
    hairs = cv2.remap(strands, np.abs(angle + 300), np.hypot(canvas.s, canvas.t - 0.3) * 7, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    thin = rng.uniform(-0.02, 0.12)
    light = (0.85 + 0.3 * hairs) * (1.1 - 0.25 * np.clip(canvas.t - 1, 0, 1))
    # Thin hair lets the skin through: its depth stays near the soft edge.
    canvas.paint(np.minimum(grown + 0.12 * (hairs - 0.7), thin + 0.1 * hairs), hair, light, soft=0.22)


def _grip(canvas: Canvas, height: float, reach: float, rng: np.random.Generator) -> None:
    """Fingers of one side around a thing `reach` wide at `height`, and the arm below."""
    side, wide = rng.choice([-1, 1]), rng.uniform(0.11, 0.15)
    skin = canvas.skin * rng.uniform(0.85, 1.05)
    arm = np.array([side * (reach + 0.1), height + 3 * wide])
    canvas.limb(arm, arm + np.array([side * 0.6, 2.5]), wide * 3, skin * 0.93)
    for i in range(4):
        t = height + 2 * wide * i * 0.95
        canvas.limb((side * (reach + 0.15), t + 0.05), (-side * reach * rng.uniform(0.3, 0.8), t), wide, skin * rng.uniform(0.95, 1.03))


def _cup(canvas: Canvas, rng: np.random.Generator) -> None:
    """A cup or mug before the mouth, held in a hand."""
    rim, foot = rng.uniform(0.72, 0.95), rng.uniform(1.6, 2.3)
    wide, taper, lean = rng.uniform(0.4, 0.65), rng.uniform(0.65, 1.0), rng.uniform(-0.15, 0.15)
    s = canvas.s - lean * (canvas.t - rim) - rng.uniform(-0.1, 0.1)
    radius = np.maximum(wide * (1 + (taper - 1) * np.clip((canvas.t - rim) / (foot - rim), 0, 1)), 0.05)
    bulge = rng.uniform(0.08, 0.22) * np.sqrt(np.clip(1 - (s / radius) ** 2, 0, 1)) * radius / wide
    body = np.minimum(np.minimum(radius - np.abs(s), canvas.t - rim + bulge), foot + bulge - canvas.t)
    color = canvas.color(rng, 40) if rng.random() < 0.6 else np.full(3, rng.uniform(190, 250)) * canvas.level
    light = (1.05 - 0.5 * np.abs(s / radius - rng.uniform(-0.4, 0.4)) ** 2).clip(0.3, 1.1) * rng.uniform(0.6, 1.0)
    if rng.random() < 0.4:
        band = np.abs(canvas.t - rng.uniform(rim + 0.2, foot)) < rng.uniform(0.1, 0.3)
        color = np.where(band[..., None], canvas.color(rng), color)
    canvas.paint(body, color, light, 0.3)
    lip = np.abs(np.hypot(s / wide, (canvas.t - rim) / max(float(bulge.max()), 0.05)) - 1)
    canvas.paint(0.03 - 0.2 * lip, color * 0.8 + 50 * canvas.level, light)
    _grip(canvas, rng.uniform(rim + 0.25, rim + 0.5), wide * 0.9, rng)


def _phone(canvas: Canvas, rng: np.random.Generator) -> None:
    """A phone held before the mouth, seen from its back."""
    turn = rng.uniform(-0.5, 0.5) + (np.pi / 2 if rng.random() < 0.4 else 0)
    s, t = canvas.s - rng.uniform(-0.2, 0.2), canvas.t - rng.uniform(1.1, 1.4)
    u, v = np.cos(turn) * s + np.sin(turn) * t, np.cos(turn) * t - np.sin(turn) * s
    wide, tall = rng.uniform(0.35, 0.45), rng.uniform(0.7, 0.9)
    rounded = 0.08 - np.hypot(np.maximum(np.abs(u) - wide + 0.08, 0), np.maximum(np.abs(v) - tall + 0.08, 0))
    light = 1 + rng.uniform(-0.3, 0.3) * u + rng.uniform(-0.3, 0.3) * v
    canvas.paint(rounded, canvas.color(rng) * rng.choice([0.2, 1]), light, 0.3)
    canvas.paint(0.08 - np.hypot(u + 0.6 * wide, v + 0.8 * tall), np.full(3, 20.0), light)
    _grip(canvas, rng.uniform(1.2, 1.5), wide * 0.9, rng)


def _microphone(canvas: Canvas, rng: np.random.Generator) -> None:
    """A microphone's head of wire mesh or foam at the lips, with handle and hand."""
    color, lean, low = np.full(3, rng.uniform(20, 150)) * canvas.level, rng.uniform(-0.5, 0.5), rng.uniform(1.1, 1.35)
    canvas.limb((0, low), (lean * 2, low + 2), rng.uniform(0.12, 0.18), rng.uniform(10, 80, 3))
    radius = rng.uniform(0.25, 0.36)
    away = np.hypot(canvas.s, canvas.t - low) / radius
    mesh = 0.8 + 0.3 * np.sin(canvas.s * 60) * np.sin(canvas.t * 60)
    canvas.paint((1 - away) * radius, color, (1.3 - 0.8 * np.minimum(away, 1) ** 2) * mesh, 0.3)
    if rng.random() < 0.7:
        _grip(canvas, low + radius + rng.uniform(0.1, 0.4), 0.2, rng)


KINDS: dict[str, Paint] = {"hand": _hand, "scarf": _scarf, "beard": _beard, "cup": _cup, "phone": _phone, "microphone": _microphone}
