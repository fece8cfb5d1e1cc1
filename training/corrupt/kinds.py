"""The fifteen kinds of corruption of ImageNet-C, each in five strengths, by name."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from training.corrupt import blur, digital, noise, weather

Kind = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]
STRENGTHS = (1, 2, 3, 4, 5)
KINDS: dict[str, Kind] = {
    "Gaussian noise": noise.gaussian,
    "shot noise": noise.shot,
    "impulse noise": noise.impulse,
    "defocus blur": blur.defocus,
    "glass blur": blur.glass,
    "motion blur": blur.motion,
    "zoom blur": blur.zoom,
    "snow": weather.snow,
    "frost": weather.frost,
    "fog": weather.fog,
    "brightness": weather.brightness,
    "contrast": digital.contrast,
    "elastic": digital.elastic,
    "pixelate": digital.pixelate,
    "JPEG": digital.jpeg,
}


def corrupt(kind: str, images: np.ndarray, strength: int, seed: int) -> np.ndarray:
    """The images, float32 [n, side, side, 3] in [0, 1], corrupted at a strength of STRENGTHS.

    The same for the same seed, in any order. The strengths of a kind share what is drawn, so that they differ by nothing else.
    """
    rng = np.random.default_rng([seed, zlib.crc32(kind.encode())])
    return as_bytes(KINDS[kind](images, strength, rng))


def as_bytes(images: np.ndarray) -> np.ndarray:
    """The images clipped and rounded to the 256 levels that a camera's pictures have."""
    return np.rint(np.clip(images, 0, 1) * 255).astype(np.float32) / 255
