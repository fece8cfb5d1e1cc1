"""Digital corruptions of ImageNet-C (Hendrycks & Dietterich 2019, arXiv:1903.12261), with its parameters; lengths are scaled as in blur.py.

Its elastic transforms 1 and 2 shift the whole picture by up to a fifth of its side, and 3 to 5 by a fiftieth. The first move a face
out of its crop, as no detector does, so all of ours shift by a fiftieth and 1 and 2 stretch less than 3.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from training.corrupt.blur import PAPER

FLAT = (0.4, 0.3, 0.2, 0.1, 0.05)
# Standard deviation of a pixel's shift in pixels of the paper's pictures; strengths 3 to 5 are what the paper's come to.
STRETCH = (0.4, 0.6, 0.81, 1.14, 1.95)
SMOOTH, SHIFT = 2.44, 4.88  # sigma that shifts are smoothed by, and how far three corners move
SHARES = (0.6, 0.5, 0.4, 0.3, 0.25)  # of the side that is left
QUALITIES = (25, 18, 15, 10, 7)


def contrast(images: np.ndarray, strength: int, _: np.random.Generator) -> np.ndarray:
    """Flatter, around the mean of each channel."""
    mean = images.mean(axis=(1, 2), keepdims=True)
    return (images - mean) * np.float32(FLAT[strength - 1]) + mean


def elastic(images: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Stretched like rubber, here and there."""
    scale = images.shape[1] / PAPER
    return np.stack([_stretched(image, STRETCH[strength - 1] * scale, scale, rng) for image in images])


def pixelate(images: np.ndarray, strength: int, _: np.random.Generator) -> np.ndarray:
    """Scaled down and up again in squares."""
    side = int(images.shape[1] * SHARES[strength - 1])
    small = (cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA) for image in images)
    return np.stack([cv2.resize(image, images.shape[2:0:-1], interpolation=cv2.INTER_NEAREST_EXACT) for image in small])


def jpeg(images: np.ndarray, strength: int, _: np.random.Generator) -> np.ndarray:
    """Compressed much."""
    return np.stack([through_jpeg(image, QUALITIES[strength - 1]) for image in images])


def through_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """An image [h, w, 3] through a JPEG file of that quality."""
    _, raw = cv2.imencode(".jpg", np.rint(image[..., ::-1] * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(raw, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255


def _stretched(image: np.ndarray, deviation: float, scale: float, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape[:2]
    middle, arm = np.array([width // 2, height // 2], np.float32), min(height, width) // 3
    before = middle + np.array([[arm, arm], [arm, -arm], [-arm, -arm]], np.float32)
    after = before + rng.uniform(-SHIFT * scale, SHIFT * scale, before.shape).astype(np.float32)
    back = cv2.getAffineTransform(after, before)
    sigma = SMOOTH * scale
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    # Smoothing uniform noise of -1 to 1 leaves it a standard deviation of sqrt(1 / 3) / (2 sqrt(pi) sigma).
    loud = deviation * math.sqrt(3) * 2 * math.sqrt(math.pi) * sigma
    x, y = (axis + loud * cv2.GaussianBlur(rng.uniform(-1, 1, axis.shape).astype(np.float32), (0, 0), sigma) for axis in (x, y))
    columns = (back[0, 0] * x + back[0, 1] * y + back[0, 2]).astype(np.float32)
    rows = (back[1, 0] * x + back[1, 1] * y + back[1, 2]).astype(np.float32)
    return cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
