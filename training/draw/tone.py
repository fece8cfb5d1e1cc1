"""Darkens skin: the datasets show few dark faces, and a network that has seen few takes them for `incorrect`."""

from __future__ import annotations

import cv2
import numpy as np

SPREAD = np.array([60.0, 20.0, 20.0], np.float32)  # of skin about its own color in Lab: light varies, hue hardly
WARMTH = np.array([1.06, 1.0, 0.94], np.float32)


def darken(image: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A copy of uint8 RGB [h, w, 3] whose skin reflects a tenth to eight tenths of the light; landmarks [5, 2] in pixels.

    Skin is what has the color of the cheeks, wherever it is; eyes, teeth, hair and the background keep theirs.
    """
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    distance = np.square((lab - _cheeks(lab, landmarks)) / SPREAD).sum(axis=2)
    skin = cv2.GaussianBlur(np.exp(-distance), (0, 0), 1.5)[..., None]
    share = rng.uniform(0.1, 0.8)
    # In linear light, as a surface reflects; the display's exponent is near 2.2.
    dark = image.astype(np.float32) * share ** (1 / 2.2) * WARMTH
    return np.clip(image * (1 - skin) + dark * skin, 0, 255).astype(np.uint8)


def _cheeks(lab: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Median color [3] of two small squares between the eyes and the corners of the mouth."""
    points = np.asarray(landmarks, np.float32).reshape(5, 2)
    half = max(2, int(np.hypot(*(points[1] - points[0])) / 8))
    pixels = []
    for eye, mouth in ((0, 3), (1, 4)):
        col, row = np.clip((points[eye] * 0.45 + points[mouth] * 0.55).astype(int), half, np.array(lab.shape[1::-1]) - half - 1)
        pixels.append(lab[row - half : row + half + 1, col - half : col + half + 1].reshape(-1, 3))
    return np.median(np.concatenate(pixels), axis=0)
