"""Blur of ImageNet-C (Hendrycks & Dietterich 2019, arXiv:1903.12261); its lengths are of pictures of 224 pixels, and are scaled."""

from __future__ import annotations

import math

import cv2
import numpy as np

PAPER = 224  # side in pixels of the pictures that the lengths are made for
RADII = (3, 4, 6, 8, 10)
STREAKS = ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))  # radius, sigma
ZOOMS = ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))  # end, step
PANES = ((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2))  # sigma, reach, passes
AT_ONCE = 600  # pictures


def defocus(images: np.ndarray, strength: int, _: np.random.Generator) -> np.ndarray:
    """The blur of a lens: a disk."""
    kernel = disk(RADII[strength - 1] * images.shape[1] / PAPER)
    return np.stack([cv2.filter2D(image, -1, kernel) for image in images])


def glass(images: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Frosted glass: between two Gaussian blurs, every pixel changes places with one near it.

    Pixels go whole steps, so this is done at the paper's size.
    """
    parts = [_glass(images[i : i + AT_ONCE], *PANES[strength - 1], rng) for i in range(0, len(images), AT_ONCE)]
    return np.concatenate(parts)


def motion(images: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """A face or camera that moves, at most 45 degrees from the level."""
    radius, sigma = (length * images.shape[1] / PAPER for length in STREAKS[strength - 1])
    angles = rng.uniform(-45, 45, len(images))
    return np.stack([smear(image, streak(radius, sigma, angle)) for image, angle in zip(images, angles, strict=True)])


def zoom(images: np.ndarray, strength: int, _: np.random.Generator) -> np.ndarray:
    """Coming nearer while the picture is taken: the mean of many enlargements."""
    factors = np.arange(1, *ZOOMS[strength - 1])
    total = images.copy()
    for factor in factors:
        total += np.stack([_enlarged(image, factor) for image in images])
    return total / np.float32(len(factors) + 1)


def disk(radius: float) -> np.ndarray:
    """A disk of any radius in pixels as a kernel that sums to 1; pixels at its rim count by their share."""
    fine = 15
    half = math.ceil(radius)
    places = (np.arange((2 * half + 1) * fine) + 0.5) / fine - half - 0.5
    inside = (places[:, None] ** 2 + places[None, :] ** 2 <= radius**2).astype(np.float32)
    kernel = inside.reshape(2 * half + 1, fine, 2 * half + 1, fine).mean(axis=(1, 3))
    return kernel / kernel.sum()


def streak(radius: float, sigma: float, angle: float) -> np.ndarray:
    """Half a Gaussian, cut off at twice the radius, from the middle of a kernel toward `angle` in degrees; it sums to 1."""
    half = math.ceil(2 * radius) + 1
    along = np.arange(0, 2 * radius, 0.25)
    weights = np.exp(-(along**2) / (2 * sigma**2))
    x, y = half + along * math.cos(math.radians(angle)), half + along * math.sin(math.radians(angle))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    for dy in (0, 1):
        for dx in (0, 1):
            column, row = np.floor(x).astype(int) + dx, np.floor(y).astype(int) + dy
            np.add.at(kernel, (row, column), weights * (1 - np.abs(x - column)) * (1 - np.abs(y - row)))
    return kernel / kernel.sum()


def smear(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The image [h, w] or [h, w, 3] behind a kernel, its border repeated."""
    return cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)


def _glass(images: np.ndarray, sigma: float, reach: int, passes: int, rng: np.random.Generator) -> np.ndarray:
    """All the images at once: a pixel's move is drawn for each of them."""
    large = np.stack([cv2.resize(image, (PAPER, PAPER), interpolation=cv2.INTER_LINEAR) for image in images])
    work = np.ascontiguousarray(_soft(large, sigma).transpose(1, 2, 0, 3))
    every = np.arange(len(images))
    places = range(PAPER - reach, reach, -1)
    for _ in range(passes):
        steps = rng.integers(-reach, reach, (len(places), 2, len(places), len(images)), np.int16)
        for y, (down, right) in zip(places, steps, strict=True):
            for x, dy, dx in zip(places, down, right, strict=True):
                there = y + dy, x + dx, every
                here = work[y, x].copy()
                work[y, x] = work[there]
                work[there] = here
    soft = _soft(np.ascontiguousarray(work.transpose(2, 0, 1, 3)), sigma)
    return np.stack([cv2.resize(image, images.shape[2:0:-1], interpolation=cv2.INTER_AREA) for image in soft])


def _soft(images: np.ndarray, sigma: float) -> np.ndarray:
    return np.stack([cv2.GaussianBlur(image, (0, 0), sigma) for image in images])


def _enlarged(image: np.ndarray, factor: float) -> np.ndarray:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, factor)
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
