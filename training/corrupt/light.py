"""A ladder of light: darker, brighter, flatter, without color, and under colored lamps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as JPEG and cameras have it
# Gains of red, green and blue.
CASTS = {"warm": (1.2, 1.0, 0.7), "cold": (0.75, 1.0, 1.25), "green": (0.85, 1.15, 0.85)}


def gain(images: np.ndarray, factor: float) -> np.ndarray:
    """Darker below 1, brighter above."""
    return images * np.float32(factor)


def flat(images: np.ndarray, share: float) -> np.ndarray:
    """So much of the contrast, around each picture's mean."""
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    return (images - mean) * np.float32(share) + mean


def gray(images: np.ndarray) -> np.ndarray:
    """The luma of images [n, h, w, 3] in all three channels."""
    return np.repeat((images @ LUMA)[..., None], 3, axis=-1)


def cast(images: np.ndarray, gains: tuple[float, float, float]) -> np.ndarray:
    """Each channel times its gain."""
    return images * np.array(gains, np.float32)


def ladder() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Every rung by name, the unchanged picture first."""
    rungs: dict[str, Callable[[np.ndarray], np.ndarray]] = {"as it is": lambda images: images}
    rungs |= {f"light × {f:g}": lambda images, f=f: gain(images, f) for f in (0.75, 0.5, 0.35, 0.25, 1.4)}
    rungs |= {"half the contrast": lambda images: flat(images, 0.5), "gray": gray}
    return rungs | {f"{name} color cast": lambda images, gains=gains: cast(images, gains) for name, gains in CASTS.items()}
