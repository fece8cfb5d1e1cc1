"""The head below a face's five landmarks: its turn and tilt, and where on it each pixel of a picture lies."""

from __future__ import annotations

import cv2
import numpy as np

# Half width and foremost depth of a head, in eye-to-mouth distances, by height below the eyes; depth 0 is at the eyes.
_HEIGHT = np.array([-1.7, -1.1, -0.5, 0, 0.3, 0.6, 0.85, 1.2, 1.6, 1.85, 2.1, 2.6], np.float32)
_WIDTH = np.array([0.7, 0.96, 1.03, 1.03, 1.02, 0.99, 0.95, 0.87, 0.72, 0.58, 0.46, 0.42], np.float32)
_FRONT = np.array([-0.35, 0.02, 0.15, 0.16, 0.32, 0.5, 0.4, 0.34, 0.3, 0.2, -0.05, -0.4], np.float32)
_BACK = -0.75  # depth at which a head is widest, before the ears
_NOSE = (0.6, 0.5)  # height and depth of the nose's tip
_LIPS = 0.15  # depth of the corners of the mouth
_EYES = 0.93  # distance between the eyes


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
        self.places = (points - eyes) @ np.stack([self.across, self.down], axis=1) / self.unit  # s, t of each landmark
        self.middle = float(np.clip(self.places[2, 0], -0.6, 0.6))
        # A turned head shows less cheek on the side the nose points to.
        eye = sorted((float(self.places[0, 0]), float(self.places[1, 0])))
        self.left = min(max(self.middle - eye[0], 0.1), 0.9) + 0.38
        self.right = min(max(eye[1] - self.middle, 0.1), 0.9) + 0.38

    def at(self, s: float, t: float) -> np.ndarray:
        """Pixel of the point s eye-to-mouth distances across and t down."""
        return self.origin + self.unit * (s * self.across + t * self.down)

    def grid(self, shape: tuple[int, int], step: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Face coordinates s and t of every pixel, or block of step x step, of a picture of `shape`, each float32 [h, w]."""
        rows, cols = (np.arange(-(-n // step), dtype=np.float32) * step + (step - 1) / 2 for n in shape[:2])
        cols = (cols - self.origin[0]) / self.unit
        rows = (rows - self.origin[1])[:, None] / self.unit
        return cols * self.across[0] + rows * self.across[1], cols * self.down[0] + rows * self.down[1]


class Head:
    """An upright head of elliptic cross-sections, turned and tilted as the landmarks say, seen from far away.

    around: the angle, in radians from the middle of the face, at which each pixel sees the head; height: how far below the eyes, in
    eye-to-mouth distances; rim: how far inside the outline, negative outside. Each float32 [h, w].
    """

    def __init__(self, landmarks: np.ndarray, shape: tuple[int, int], fuller: float = 1.0) -> None:
        frame = self.frame = Frame(landmarks)
        places = frame.places
        self.skew = (_slope(places[0], places[1]) + _slope(places[3], places[4])) / 2
        self.sin = float(np.clip(places[2, 0] / _NOSE[1], -0.88, 0.88))
        self.cos = float(np.sqrt(1 - self.sin**2))
        nose = float(np.clip(places[2, 1] - self.skew * places[2, 0], 0.25, 0.9))
        self.tilt = float(np.clip((_NOSE[0] - nose) / (_NOSE[1] - _LIPS * nose), -0.6, 0.6))
        self.wide = fuller * float(np.clip(abs(places[1, 0] - places[0, 0]) / (_EYES * self.cos), 0.82, 1.3))
        s, t = frame.grid(shape, 2)
        maps = self.find(s, t)
        size = (2 * s.shape[1], 2 * s.shape[0])
        self.around, self.height, self.rim = (cv2.resize(m, size)[: shape[0], : shape[1]] for m in maps)

    def find(self, s: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """around, height and rim of points at face coordinates s and t."""
        t = np.clip((t - self.skew * s) * (1 - _LIPS * self.tilt), -4, 5)
        around, depth, _ = self._cut(s, t)
        height = np.clip(t + self.tilt * depth, -4, 5)
        around, depth, rim = self._cut(s, height)
        return around, t + self.tilt * depth, rim

    def _cut(self, s: np.ndarray, height: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        # On an ellipse with half axes w and d, s = w sin(a) cos(turn) + (back + d cos(a)) sin(turn): one sine of a + shift.
        wide = np.interp(height, _HEIGHT, _WIDTH * (self.wide * self.cos)).astype(np.float32)
        deep = np.interp(height, _HEIGHT, _FRONT - _BACK).astype(np.float32)
        across = deep * self.sin
        reach = np.sqrt(wide * wide + across * across)
        s = s - _BACK * self.sin
        around = np.arcsin(np.clip(s / reach, -1, 1)) - np.arctan2(across, wide)
        return around, _BACK + deep * np.cos(around), reach - np.abs(s)

    def at(self, around: float, height: float, out: float = 1.0) -> np.ndarray:
        """Pixel of a point of the surface, or `out` times as far from the head's axis."""
        wide = float(np.interp(height, _HEIGHT, _WIDTH)) * self.wide * out
        deep = float(np.interp(height, _HEIGHT, _FRONT - _BACK)) * out
        depth = _BACK + deep * np.cos(around)
        s = wide * np.sin(around) * self.cos + depth * self.sin
        t = (height - self.tilt * depth) / (1 - _LIPS * self.tilt)
        return self.frame.at(s, t + self.skew * s)

    def on(self, point: np.ndarray) -> tuple[float, float]:
        """around and height of one pixel (x, y)."""
        offset = (np.asarray(point, np.float32) - self.frame.origin) / self.frame.unit
        around, height, _ = self.find(np.float32([offset @ self.frame.across]), np.float32([offset @ self.frame.down]))
        return float(around[0]), float(height[0])


def _slope(left: np.ndarray, right: np.ndarray) -> float:
    across = float(right[0] - left[0])
    return float(np.clip((right[1] - left[1]) / across, -0.3, 0.3)) if abs(across) > 0.1 else 0.0
