"""Controls on all of test: patches without a purpose, and light, blur and noise. What is lost there is no attack's merit."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from training.corrupt.digital import through_jpeg
from training.corrupt.light import gain
from training.measure import score
from training.measure.context import Context, side
from training.measure.subject import VARIANTS

Corruption = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def measure(context: Context) -> dict:
    """A row for each control and variant."""
    areas = {area: side(area) for area in (0.02, 0.05, 0.10)}
    found: dict = {variant: {} for variant in VARIANTS}
    for name, change in kinds(areas).items():
        images = change(context.test.images, context.rng())
        for variant in VARIANTS:
            answers = context.subject.answers(variant, images)
            found[variant][name] = score.row(context.test.labels, answers, context.test.groups)
    return found


def square(images: np.ndarray, side: int, fill: Corruption, rng: np.random.Generator) -> np.ndarray:
    """Each image [s, s, 3] with a square of `side` pixels somewhere on it, filled with what `fill` makes of the place."""
    out = images.copy()
    for image in out:
        row, column = rng.integers(0, image.shape[0] - side + 1), rng.integers(0, image.shape[1] - side + 1)
        place = image[row : row + side, column : column + side]
        place[:] = fill(place, rng)
    return out


def noise_fill(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uniform noise."""
    return rng.random(place.shape, np.float32)


def gray_fill(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mid-gray."""
    return np.full_like(place, 0.5)


def blur(sigma: float) -> Corruption:
    """Gaussian blur; sigma in model-input pixels."""
    return _each(lambda image, _: cv2.GaussianBlur(image, (0, 0), sigma))


def noise(sigma: float) -> Corruption:
    """Gaussian sensor noise; sigma as a share of the pixel range."""
    return _each(lambda image, rng: image + rng.normal(0, sigma, image.shape).astype(np.float32))


def jpeg(quality: int) -> Corruption:
    """Through a JPEG file of that quality."""
    return _each(lambda image, _: through_jpeg(image, quality))


def coarse(side: int) -> Corruption:
    """Scaled down to a face of `side` pixels and back."""

    def shrink(image: np.ndarray, _: np.random.Generator) -> np.ndarray:
        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)

    return _each(shrink)


def kinds(areas: dict[float, int]) -> dict[str, Corruption]:
    """Every control by name; areas: side in pixels of each patch area."""
    found: dict[str, Corruption] = {}
    for area, pixels in areas.items():
        for name, fill in (("noise", noise_fill), ("gray", gray_fill)):
            found[f"{name} patch {area:.1%}"] = lambda x, rng, pixels=pixels, fill=fill: square(x, pixels, fill, rng)
    found |= {f"blur, sigma {s} px": blur(s) for s in (1, 2)}
    found |= {f"noise, sigma {s}": noise(s) for s in (0.04, 0.1)}
    found |= {f"JPEG, quality {q}": jpeg(q) for q in (40, 10)}
    found |= {f"light × {f}": _each(lambda image, _, f=f: gain(image, f)) for f in (0.25, 0.5, 1.5, 2.0)}
    found |= {f"face of {s} px": coarse(s) for s in (48, 24)}
    return found


def _each(change: Corruption) -> Corruption:
    return lambda images, rng: np.clip(np.stack([change(i, rng) for i in images]), 0, 1).astype(np.float32)
