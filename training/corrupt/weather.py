"""Weather of ImageNet-C (Hendrycks & Dietterich 2019, arXiv:1903.12261), with its parameters where nothing else is said.

Snow has those that the authors chose for pictures of 64 pixels (Tiny ImageNet-C), its lengths scaled: whole flakes of the larger
ones would be less than a pixel. Frost is photographs of panes there, which are not ours to give on: ours is drawn, with their weights.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from training.corrupt.blur import smear, streak

# mean, spread and size of the flakes, what is too faint to be one, radius and sigma of their fall, weight of the picture
SMALL = 64  # side in pixels of the pictures that snow's lengths are made for
FLAKES = (
    (0.1, 0.2, 1, 0.6, 8, 3, 0.8),
    (0.1, 0.2, 1, 0.5, 10, 4, 0.8),
    (0.15, 0.3, 1.75, 0.55, 10, 4, 0.7),
    (0.25, 0.3, 2.25, 0.6, 12, 6, 0.65),
    (0.3, 0.3, 1.25, 0.65, 14, 12, 0.6),
)
ICE = ((1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))  # weights of the picture and of the frost
FOG = ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4))  # weight, and how much fainter each finer layer is
BRIGHTER = (0.1, 0.2, 0.3, 0.4, 0.5)
NEEDLES = 8  # directions that frost grows in


def snow(images: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Flakes that fall, and a brighter, paler picture."""
    return np.stack([_snow(image, FLAKES[strength - 1], rng) for image in images])


def frost(images: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """A frosted pane before the face."""
    picture, ice = ICE[strength - 1]
    clouds = plasma(len(images), images.shape[1], 1.5, rng)
    return np.stack([picture * image + ice * _crystals(cloud, rng) for image, cloud in zip(images, clouds, strict=True)])


def fog(images: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Banks of fog, the picture made darker so that its brightest value stays."""
    weight, decay = FOG[strength - 1]
    brightest = images.max(axis=(1, 2, 3), keepdims=True)
    return (images + weight * plasma(len(images), images.shape[1], decay, rng)[..., None]) * brightest / (brightest + weight)


def brightness(images: np.ndarray, strength: int, _: np.random.Generator) -> np.ndarray:
    """A brighter picture: more of HSV's value."""
    count, height, width, _channels = images.shape
    hsv = cv2.cvtColor(images.reshape(count * height, width, 3), cv2.COLOR_RGB2HSV)
    hsv[..., 2] = np.clip(hsv[..., 2] + BRIGHTER[strength - 1], 0, 1)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).reshape(images.shape)


def plasma(count: int, side: int, decay: float, rng: np.random.Generator) -> np.ndarray:
    """Clouds [count, side, side] from 0 to 1: diamonds and squares, each finer layer fainter by the square of `decay`."""
    size = 1 << (side - 1).bit_length()
    out = np.zeros((count, size, size), np.float32)
    step, loud = size, 1.0
    while step >= 2:
        half = step // 2
        corners = out[:, ::step, ::step]
        jitter = rng.uniform(-loud, loud, (3, *corners.shape)).astype(np.float32)
        right, down = np.roll(corners, -1, axis=2), np.roll(corners, -1, axis=1)
        middles = (corners + right + down + np.roll(right, -1, axis=1)) / 4 + jitter[0]
        out[:, half::step, half::step] = middles
        out[:, ::step, half::step] = (middles + np.roll(middles, 1, axis=1) + corners + right) / 4 + jitter[1]
        out[:, half::step, ::step] = (middles + np.roll(middles, 1, axis=2) + corners + down) / 4 + jitter[2]
        step, loud = half, loud / decay**2
    low, high = out.min(axis=(1, 2), keepdims=True), out.max(axis=(1, 2), keepdims=True)
    return ((out - low) / (high - low))[:, :side, :side]


def _snow(image: np.ndarray, flakes: tuple[float, ...], rng: np.random.Generator) -> np.ndarray:
    mean, spread, size, faint, radius, sigma, weight = flakes
    side, scale = image.shape[0], image.shape[0] / SMALL
    grid = math.ceil(side / max(1.0, size * scale))
    layer = cv2.resize(rng.normal(mean, spread, (grid, grid)).astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    layer = np.clip(np.where(layer < faint, 0, layer), 0, 1).astype(np.float32)
    layer = smear(layer, streak(radius * scale, sigma * scale, rng.uniform(-135, -45)))[..., None]
    pale = np.maximum(image, cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None] * 1.5 + 0.5)
    return weight * image + (1 - weight) * pale + layer + np.rot90(layer, 2)


def _crystals(cloud: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Frost [side, side, 3] of a bluish white: needles in several directions, thick where a cloud of plasma has its ridges."""
    side = cloud.shape[0]
    ridges = 1 - np.abs(2 * cloud - 1)
    turn = rng.uniform(0, 180)
    needles = np.zeros((side, side), np.float32)
    for i in range(NEEDLES):
        seeds = (rng.random((side, side), np.float32) < 0.02).astype(np.float32)
        needles = np.maximum(needles, smear(seeds, streak(side / 16, side / 16, turn + 360 * i / NEEDLES)))
    ice = np.clip(0.25 + 0.45 * ridges + needles / needles.max() * ridges, 0, 1)
    return ice[..., None] * np.array([0.86, 0.94, 1.0], np.float32)
