"""Draws face masks as cloth on a head, worn correctly or in one of six wrong ways."""

from __future__ import annotations

import cv2
import numpy as np

from training.draw import shade, straps, texture, wear
from training.draw.head import Head
from training.draw.wear import INCORRECT, STATES, WEIGHTS

__all__ = ["INCORRECT", "KINDS", "STATES", "WEIGHTS", "draw"]

KINDS = ("surgical", "cloth", "molded")
_SHADOW = 0.12  # how far the shadow beside a mask reaches, in eye-to-mouth distances


def draw(
    image: np.ndarray,
    landmarks: np.ndarray,
    state: str,
    rng: np.random.Generator,
    print_of: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Returns a copy of uint8 RGB [h, w, 3] with a random mask in `state`, one of STATES; landmarks [5, 2] in pixels.

    The mask is a surgical, cloth or molded (N95) one, or, given `print_of` (another unmasked face and its landmarks
    in pixels), one printed with that face's lower half (arXiv:2201.06427). It lies in the light that falls on the face, and is as
    sharp as the picture. One that would hardly be seen inside the face box is drawn in another place. Raises ValueError for another
    state.
    """
    if state not in STATES:
        raise ValueError(f"state {state!r} is not one of {', '.join(STATES)}")
    head = Head(landmarks, image.shape[:2], rng.uniform(1.0, 1.07))
    kind = "printed" if print_of else str(rng.choice(KINDS, p=(0.38, 0.42, 0.2)))
    worn = wear.put_on(head, landmarks, state, kind, rng)
    out = image.copy()
    window = worn.window(_SHADOW)
    if not window:
        return out
    lamp = shade.light(image, head, rng)
    soft = shade.softness(image)
    cloth, color = texture.render(worn, window, head, lamp, kind, rng, print_of)
    # Without loops a printed mask could pass for an unmasked face, one on the forehead is a headband, and none hangs.
    if print_of or state in ("forehead", "hanging") or rng.random() < 0.8:
        straps.draw(out, head, worn, lamp, kind, color, soft, rng)
    if soft > 0.4:
        cloth = cv2.GaussianBlur(cloth, (0, 0), soft)
    depth = worn.depth[window]
    alpha = np.clip(depth * (head.frame.unit / max(2 * soft, 1.2)) + 0.5, 0, 1)[..., None]
    pixels = out[window].astype(np.float32)
    pixels *= (1 - rng.uniform(0.1, 0.45) * np.clip(1 + depth / _SHADOW, 0, 1) ** 2)[..., None]
    pixels += alpha * (cloth - pixels)
    out[window] = np.clip(pixels, 0, 255)
    return out
