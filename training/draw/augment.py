"""Random changes that turn a training crop into what a cheap camera sees."""

from __future__ import annotations

import cv2
import numpy as np

from training.data import CROP_MARGIN
from training.draw.light import relight
from training.net.model import SIZE

KEPT = 0.02  # of the face box's side, on average, around it


def augment(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 RGB [h, w, 3] to uint8 RGB [96, 96, 3]: geometry, color, optics, compression, smoothing."""
    out = _geometry(image, rng)
    out = _color(out, rng)
    out = _optics(out, rng)
    # The deployed pipeline smooths with a 3x3 median; the network must do well with and without it.
    return cv2.medianBlur(out, 3) if rng.random() < 0.5 else out


def _geometry(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape[:2]
    # Detectors and annotators draw boxes differently: about a tenth of the box in size and place.
    scale = SIZE / max(height, width) * (1 + 2 * CROP_MARGIN) / (1 + 2 * KEPT) * rng.uniform(0.89, 1.13)
    stretch = rng.uniform(0.93, 1.07)
    angle = rng.normal(0, 7)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    matrix[0] *= stretch
    center = matrix @ np.array([width / 2, height / 2, 1])
    matrix[:, 2] += SIZE / 2 - center + rng.uniform(-0.08, 0.08, 2) * SIZE
    if rng.random() < 0.5:
        matrix[0] *= -1
        matrix[0, 2] += SIZE - 1
    border = int(rng.choice([cv2.BORDER_REFLECT_101, cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT]))
    return cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR, borderMode=border)


def _color(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x = image.astype(np.float32)
    if rng.random() < 0.8:
        gain = rng.uniform(0.6, 1.4) * rng.uniform(0.88, 1.12, 3)
        mean = x.mean()
        x = (x - mean) * rng.uniform(0.7, 1.3) + mean
        x = x * gain.astype(np.float32) + rng.uniform(-20, 20)
        gray = x.mean(axis=2, keepdims=True)
        x = gray + (x - gray) * rng.uniform(0.4, 1.4)
    if rng.random() < 0.08:
        x = np.repeat(x.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.3:
        x = 255 * (np.clip(x, 0, 255) / 255) ** rng.uniform(0.6, 1.6)
    if rng.random() < 0.15:  # a shadow or glare from one side
        ramp = np.linspace(rng.uniform(0.4, 1), rng.uniform(1, 1.4), SIZE, dtype=np.float32)
        ramp = ramp[:: int(rng.choice([-1, 1]))]
        x *= ramp[None, :, None] if rng.random() < 0.5 else ramp[:, None, None]
    return relight(np.clip(x, 0, 255), rng)


def _optics(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x = image
    if rng.random() < 0.5:  # a face of 20 to 96 pixels, enlarged
        side = int(20 * (SIZE / 20) ** rng.random())
        x = cv2.resize(x, (side, side), interpolation=cv2.INTER_AREA)
        if rng.random() < 0.5:
            x = _jpeg(x, rng)
        x = cv2.resize(x, (SIZE, SIZE), interpolation=int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA])))
    if rng.random() < 0.2:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 2.0))
    if rng.random() < 0.1:  # motion
        length = int(rng.integers(3, 8))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), rng.uniform(0, 180), 1)
        kernel = cv2.warpAffine(kernel, turn, (length, length))
        x = cv2.filter2D(x, -1, kernel / max(kernel.sum(), 1e-3))
    if rng.random() < 0.25:
        noise = rng.standard_normal(x.shape, dtype=np.float32) * rng.uniform(1, 12)
        x = np.clip(x + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.1:
        x = _erase(x, rng)
    return _jpeg(x, rng) if rng.random() < 0.3 else x


def _jpeg(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    _, raw = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 95))])
    return cv2.imdecode(raw, cv2.IMREAD_COLOR)


def _erase(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Covers a small rectangle at the rim, where nothing decides the label."""
    out = image.copy()
    side = int(rng.integers(SIZE // 10, SIZE // 4))
    edge = int(rng.integers(0, SIZE - side))
    row, col = (0 if rng.random() < 0.5 else SIZE - side, edge) if rng.random() < 0.5 else (edge, 0)
    out[row : row + side, col : col + side] = rng.integers(0, 256, 3)
    return out
