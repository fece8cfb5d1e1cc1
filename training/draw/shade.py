"""The light that falls on a face, as its skin shows it, and how sharp the picture is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.draw.head import Head

_SKIN = np.array([1.2, 0.97, 0.83], np.float32)  # of skin in white light, its mean being 1
_APART = 5  # pixels between which a blurred picture changes as it would on a slope
# Change between neighbors by that between pixels _APART apart, of pictures of faces blurred by so much: medians.
_BLUR = ((0.203, 0.21, 0.218, 0.23, 0.25, 0.275, 0.31), (2.5, 2.0, 1.5, 1.0, 0.65, 0.45, 0.35))
_BLOCK = 4  # pixels that are averaged before the light is fitted


@dataclass(frozen=True)
class Light:
    """What a cloth on the face reflects of its own color.

    skin: the face's color [3] in white light; tint: the light's color [3], mean 1; level: brightness of cloth that would be white;
    slopes: how the brightness changes with s, t and s squared of Frame, as shares; colored: 0 in a gray picture, 1 in a common one.
    """

    skin: np.ndarray
    tint: np.ndarray
    level: float
    slopes: np.ndarray
    colored: float

    def at(self, s: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Brightness at face coordinates, as a share of what white paper shows in a well-lit picture."""
        a, b, c = self.slopes
        return self.level * np.clip(1 + a * s + b * (np.clip(t, -0.2, 1.7) - 0.7) + c * s * s, 0.4, 1.35)


def light(image: np.ndarray, head: Head, rng: np.random.Generator) -> Light:
    """Fits brightness over the skin between the eyes and the chin of uint8 RGB [h, w, 3]; beard, brows and lips hardly count."""
    small = cv2.resize(image, None, fx=1 / _BLOCK, fy=1 / _BLOCK, interpolation=cv2.INTER_AREA).astype(np.float32)
    s, t = head.frame.grid(image.shape, _BLOCK)
    s, t = s[: small.shape[0], : small.shape[1]], t[: small.shape[0], : small.shape[1]]
    half = slice(_BLOCK // 2, None, _BLOCK)
    rim, height = head.rim[half, half], head.height[half, half]
    face = ((rim > 0.12) & (height > 0.15) & (height < 1.55))[: small.shape[0], : small.shape[1]]
    if face.sum() < 12:
        face = np.ones(face.shape, bool)
    pixels, s, t = small[face], s[face], t[face] - 0.7
    bright = pixels.mean(axis=1)
    terms = np.stack([np.ones_like(s), s, t, s * s], axis=1)
    prior = np.diag(np.array([0.01, 0.3, 0.5, 1.0], np.float32)) * (len(s) / 10)
    kept = np.ones(len(s), bool)
    for _ in range(2):
        a = terms[kept]
        fit = np.linalg.solve(a.T @ a + prior, a.T @ bright[kept])
        kept = bright > terms @ fit - 0.12 * max(float(fit[0]), 10)
        if kept.sum() < 8:
            kept[:] = True
    base = max(float(fit[0]), 3.0)
    mean = pixels[kept].mean(axis=0) + 1
    colored = float(np.clip((mean.max() - mean.min()) / mean.max() / 0.2 - 0.1, 0, 1))
    tint = mean / mean.mean() / _SKIN
    tint = 1 + (np.clip(tint, 0.75, 1.3) - 1) * colored * rng.uniform(0.4, 1)
    # Dim skin is dark skin or in dim light: the picture's brightest parts say which, but not behind a face in backlight.
    scene = max(base, float(np.partition(small.mean(axis=2).ravel(), -small.shape[1])[-small.shape[1]]))
    share = rng.uniform(0, 0.85)
    level = (base / 165) ** (1 - share) * (scene / 230) ** share
    return Light(mean / tint / max(level, 0.1), tint, float(np.clip(level, 0.04, 1.1)), fit[1:] / base, colored)


def softness(image: np.ndarray) -> float:
    """How blurred uint8 RGB is: the deviation in pixels, 0.35 to 2.5, of the Gaussian that makes a drawn edge as soft."""
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    near, far = cv2.absdiff(gray[:, 1:], gray[:, :-1]), cv2.absdiff(gray[:, _APART:], gray[:, :-_APART])
    return float(np.interp(cv2.mean(near)[0] / max(cv2.mean(far)[0], 0.5), *_BLUR))
