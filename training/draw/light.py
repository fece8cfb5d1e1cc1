"""What rooms and cameras do to the light of a picture: dim, overexposed, flat, tinted, and the noise that comes with the dark."""

from __future__ import annotations

import numpy as np

DIM, BRIGHT, FLAT, TINTED, GRAY = 0.3, 0.15, 0.15, 0.12, 0.12  # shares of the pictures


def relight(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 of a float32 RGB picture [h, w, 3], 0 to 255, in the light that is drawn for it."""
    if rng.random() < TINTED:  # a webcam's white balance
        x = x * rng.uniform(0.65, 1.35, 3).astype(np.float32)
    if rng.random() < GRAY:  # also what an infrared lamp gives
        x = np.repeat(x @ rng.dirichlet((2, 2, 2)).astype(np.float32)[:, None], 3, axis=2)
    if rng.random() < FLAT:
        mean = x.mean()
        x = (x - mean) * rng.uniform(0.25, 0.8) + mean
    kind = rng.random()
    if kind < DIM:
        x = x * np.exp(rng.uniform(np.log(0.1), np.log(0.8)))
        # Read noise, and shot noise, which grows as the square root of the light.
        spread = np.sqrt(rng.uniform(0.2, 2.0) ** 2 + rng.uniform(0, 0.2) * np.clip(x, 0, 255))
        x = x + rng.standard_normal(x.shape, dtype=np.float32) * spread.astype(np.float32)
    elif kind < DIM + BRIGHT:
        x = x * rng.uniform(1.2, 2.2)
    return np.clip(np.rint(x), 0, 255).astype(np.uint8)
