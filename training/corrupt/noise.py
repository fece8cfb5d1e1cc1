"""Noise of ImageNet-C (Hendrycks & Dietterich 2019, arXiv:1903.12261), with its parameters."""

from __future__ import annotations

import numpy as np

SIGMAS = (0.08, 0.12, 0.18, 0.26, 0.38)  # as shares of the pixel range
PHOTONS = (60, 25, 12, 5, 3)  # that make full brightness
HIT = (0.03, 0.06, 0.09, 0.17, 0.27)  # share of the values that are lost


def gaussian(images: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """A sensor's noise in low light."""
    return images + rng.standard_normal(images.shape, np.float32) * np.float32(SIGMAS[strength - 1])


def shot(images: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Poisson noise: light comes in photons."""
    photons = PHOTONS[strength - 1]
    return (rng.poisson(images * photons) / photons).astype(np.float32)


def impulse(images: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Salt and pepper, in each channel on its own."""
    share = HIT[strength - 1]
    drawn = rng.random(images.shape, np.float32)
    return np.where(drawn < share, np.where(drawn < share / 2, np.float32(0), np.float32(1)), images)
