"""One patch for all images: expectation over images and placements (Brown et al. 2017, arXiv:1712.09665)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import tensorflow as tf

from training.attacks import placing
from training.attacks.losses import Network, loss, margin
from training.attacks.placing import Variation


def universal(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    target: int | None,
    side: int,
    steps: int,
    batch: int,
    rate: float,
    seed: int,
    eot: Variation = placing.DIGITAL,
    disc: bool = False,
) -> np.ndarray:
    """A patch float32 [side, side, 3] in [0, 1] that makes the images [n, h, w, 3] take class target, or leave their labels.

    Adam of `rate` from mid-gray, on `batch` images a step at placements drawn from eot, places anywhere. A printed eot draws
    the patch through `placing.printed` at every step, so what is returned is still to be printed.
    """
    mask = tf.constant(placing.disc_mask(side) if disc else placing.square_mask(side))
    run = _slope(network, images.shape[1:], side, target is not None, eot)
    aims = labels if target is None else np.full_like(labels, target)
    rng = np.random.default_rng(seed)
    patch = np.full((side, side, 3), 0.5, np.float32)
    mean, square = np.zeros_like(patch), np.zeros_like(patch)
    for k in range(1, steps + 1):
        pick = rng.integers(0, len(images), batch)
        slope = run(images[pick], aims[pick].astype(np.int32), patch, mask, tf.constant([seed, k], tf.int32)).numpy()
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        patch = np.clip(patch + rate * (mean / (1 - 0.9**k)) / (np.sqrt(square / (1 - 0.999**k)) + 1e-8), 0, 1)
    return patch


def place(images: np.ndarray, patch: np.ndarray, seed: int, eot: Variation = placing.DIGITAL, disc: bool = False) -> np.ndarray:
    """The images with a patch [side, side, 3], or one each [n, side, side, 3], at random placements drawn from eot."""
    side = patch.shape[-2]
    mask = tf.constant(placing.disc_mask(side) if disc else placing.square_mask(side))
    where = placing.sample(eot, len(images), images.shape[1], side, tf.constant([seed, 0], tf.int32))
    shown = placing.printed(tf.constant(patch)) if eot.printed else tf.constant(patch)
    return tf.clip_by_value(placing.apply(tf.constant(images), shown, mask, where), 0.0, 1.0).numpy()


@lru_cache(maxsize=16)
def _slope(network: Network, shape: tuple[int, ...], side: int, targeted: bool, eot: Variation):
    @tf.function(reduce_retracing=True, autograph=False)
    def run(images: tf.Tensor, aims: tf.Tensor, patch: tf.Tensor, mask: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        where = placing.sample(eot, images.shape[0], shape[0], side, seed)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(patch)
            shown = placing.printed(patch) if eot.printed else patch
            found = network(placing.apply(images, shown, mask, where))
            # log p of the target, or the margin by which the labels are lost, cut where an image is won for good.
            value = -loss(found, aims) if targeted else tf.minimum(margin(found, aims), 2.0)
            total = tf.reduce_mean(value)
        return tape.gradient(total, patch)

    return run
