"""Puts a patch on images: where, how turned and scaled, in what light, in which printed colors. Differentiable in the patch.

Our own, since ART 1.20's TensorFlow patch repeats over the whole image (its fill_mode is REFLECT): here the area covered is
tested, pi/4 s^2 for a disc of diameter s and s^2 for a square of side s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

SUBPIXELS = 8


@dataclass(frozen=True)
class Placement:
    """Where and how n patches lie, float32 [n] each.

    row, col: top left pixel of the patch before it is turned and scaled about its center. angle: radians, counterclockwise
    as seen. scale: factor on the side. gain, offset: light on the patch, patch * gain + offset, clipped to [0, 1].
    """

    row: tf.Tensor
    col: tf.Tensor
    angle: tf.Tensor
    scale: tf.Tensor
    gain: tf.Tensor
    offset: tf.Tensor


@dataclass(frozen=True)
class Variation:
    """What a placement is drawn from: angle within +-turn radians, scale, gain and offset uniform in their ranges.

    The defaults are a digital patch: anywhere, but neither turned nor scaled nor lit. printed: colors go through `printed`.
    """

    turn: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    gain: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)
    printed: bool = False


# A stand-in for a sticker on a face: held askew, nearer or farther, in other light, from an office printer.
PHYSICAL = Variation(np.pi / 8, (0.8, 1.2), (0.7, 1.2), (-0.05, 0.05), True)
DIGITAL = Variation()


def square_mask(side: int) -> np.ndarray:
    """float32 [side, side, 1] of ones."""
    return np.ones((side, side, 1), np.float32)


def disc_mask(side: int) -> np.ndarray:
    """float32 [side, side, 1]: the share of each pixel that a disc of diameter `side` covers."""
    along = (np.arange(side * SUBPIXELS) + 0.5) / SUBPIXELS - side / 2
    inside = (along[:, None] ** 2 + along**2 <= (side / 2) ** 2).astype(np.float32)
    return inside.reshape(side, SUBPIXELS, side, SUBPIXELS).mean((1, 3))[..., None]


def printed(patch: tf.Tensor, black: float = 0.1, white: float = 0.9, saturation: float = 0.8) -> tf.Tensor:
    """Colors as paper shows them: less saturated, and neither black nor white; [..., 3] in [0, 1] to the same shape."""
    luma = tf.reduce_sum(patch * tf.constant([0.299, 0.587, 0.114]), axis=-1, keepdims=True)
    return black + (white - black) * tf.clip_by_value(luma + saturation * (patch - luma), 0.0, 1.0)


def sample(variation: Variation, count: int, size: int, side: int, seed: tf.Tensor) -> Placement:
    """count random placements wholly inside size x size images (turned corners may stick out); seed: int32 [2]."""
    draws = tf.random.stateless_uniform([6, count], seed)
    scale = _between(draws[3], variation.scale)
    # The side grows about the center, by half of the difference at either end.
    grown = (scale - 1) * side / 2
    room = tf.maximum(tf.cast(size - side, tf.float32) - 2 * grown, 0.0)
    # Whole pixels: a digital patch is not blurred by half a pixel.
    row, col = (tf.round(grown + draw * room) for draw in (draws[0], draws[1]))
    angle = _between(draws[2], (-variation.turn, variation.turn))
    return Placement(row, col, angle, scale, _between(draws[4], variation.gain), _between(draws[5], variation.offset))


def apply(images: tf.Tensor, patch: tf.Tensor, mask: tf.Tensor, placement: Placement) -> tf.Tensor:
    """The images [n, h, w, 3] with the patch [side, side, 3] or [n, side, side, 3] where the mask [side, side, 1] has it.

    Bilinear; what lies outside the patch is left alone.
    """
    count, side = tf.shape(images)[0], mask.shape[0]
    patch = tf.broadcast_to(patch, [count, side, side, 3])
    lit = tf.clip_by_value(patch * _each(placement.gain) + _each(placement.offset), 0.0, 1.0)
    # Color times cover, with the cover as a fourth channel, so that no border darkens.
    layer = tf.concat([lit * mask, tf.broadcast_to(mask, [count, side, side, 1])], axis=-1)
    warped = tf.raw_ops.ImageProjectiveTransformV3(
        images=layer,
        transforms=_transforms(placement, side),
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return images * (1 - warped[..., 3:]) + warped[..., :3]


def covered(mask: np.ndarray, placement: Placement, size: int) -> np.ndarray:
    """Pixels of a size x size image that each placement covers, float [n]."""
    count = placement.row.shape[0]
    placement = replace(placement, gain=tf.ones(count), offset=tf.zeros(count))
    white = apply(tf.zeros([count, size, size, 3]), tf.ones([*mask.shape[:2], 3]), tf.constant(mask), placement)
    return tf.reduce_sum(white[..., 0], axis=(1, 2)).numpy()


def upright(rows: np.ndarray, cols: np.ndarray) -> Placement:
    """Placements at rows and cols [n], neither turned nor scaled nor lit."""
    one, zero = tf.ones(len(rows)), tf.zeros(len(rows))
    return Placement(tf.constant(rows, tf.float32), tf.constant(cols, tf.float32), zero, one, one, zero)


def _between(draw: tf.Tensor, ends: tuple[float, float]) -> tf.Tensor:
    return ends[0] + draw * (ends[1] - ends[0])


def _each(values: tf.Tensor) -> tf.Tensor:
    return values[:, None, None, None]


def _transforms(placement: Placement, side: int) -> tf.Tensor:
    """For each output pixel's (x, y) the patch's, as eight numbers of a projective map [n, 8]."""
    middle = (side - 1) / 2
    x, y = placement.col + middle, placement.row + middle
    cos, sin = tf.cos(placement.angle) / placement.scale, tf.sin(placement.angle) / placement.scale
    zero = tf.zeros_like(x)
    return tf.stack([cos, -sin, middle - cos * x + sin * y, sin, cos, middle - sin * x - cos * y, zero, zero], axis=1)
