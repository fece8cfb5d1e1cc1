"""Patches against double masking: what its authors say an attacker should do (Xiang et al. 2022, section 4.3).

The view that hides the patch is a clean one, so it can only be silenced where one of its own two-mask views is wrong already.
The patch goes there, and is made so that all other views agree on the attacker's class.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from training.attacks.losses import Network, margin
from training.defense import certify, masking
from training.net.model import SIZE

SINGLES = 4  # one-mask views of an image in each step; one two-mask view is added
STEPS = (0.2, 0.02)  # first and last step, of the pixel range
MOMENTUM = 0.9


def weakest(logits_of: certify.Logits, images: np.ndarray, labels: np.ndarray, masks: np.ndarray, places: int) -> np.ndarray:
    """The masks int [n, places] under which some one- or two-mask view favors the label least, weakest first."""
    count = len(masks)
    image, one, two = (a.ravel() for a in np.meshgrid(np.arange(len(images)), np.arange(count), np.arange(count), indexing="ij"))
    logits = certify.views(logits_of, images, np.stack([image, one, two], 1), masks)
    own = np.take_along_axis(logits, labels[image, None], axis=1)[:, 0]
    logits[np.arange(len(logits)), labels[image]] = -np.inf
    lead = (own - logits.max(axis=1)).reshape(len(images), count, count)
    return lead.min(axis=2).argsort(axis=1)[:, :places]


def centers(masks: np.ndarray, patch: int) -> np.ndarray:
    """Top left pixels int [M, 2] of patches in the middle of each mask."""
    rows, columns = masks.any(axis=2), masks.any(axis=1)
    return np.stack([a.argmax(axis=1) + (a.sum(axis=1) - patch) // 2 for a in (rows, columns)], axis=1)


class Evasion:
    """Makes patches of one size against the views of one set of masks."""

    def __init__(self, network: Network, masks: np.ndarray, patch: int, iterations: int) -> None:
        self._network, self._masks, self._patch = network, tf.constant(masks), patch
        self._rates = tf.constant(np.linspace(*STEPS, iterations), tf.float32)
        index = tf.TensorSpec([None], tf.int32)
        shape = tf.TensorSpec([None, SIZE, SIZE, 3], tf.float32)
        self._run = tf.function(self._make, input_signature=[shape, index, index, index, tf.TensorSpec([2], tf.int32)])

    def __call__(self, images: np.ndarray, targets: np.ndarray, corners: np.ndarray, seed: int, batch: int = 16) -> np.ndarray:
        """Images [n, s, s, 3] with a patch at corners int [n, 2], so that the views answer targets int [n]."""
        out = [np.zeros((0, SIZE, SIZE, 3), np.float32)]
        for i in range(0, len(images), batch):
            rows, columns = corners[i : i + batch].astype(np.int32).T
            out.append(self._run(images[i : i + batch], targets[i : i + batch].astype(np.int32), rows, columns, [seed, i]).numpy())
        return np.concatenate(out)

    def _make(self, images: tf.Tensor, targets: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        line, shape = tf.range(SIZE), tf.shape(images)
        down, across = ((line >= c[:, None]) & (line < c[:, None] + self._patch) for c in (rows, columns))
        where = (down[:, :, None] & across[:, None, :])[..., None]
        hidden = tf.reduce_sum(tf.cast(where[:, None, :, :, 0] & self._masks[None], tf.int32), axis=(2, 3))
        seen = tf.cast(hidden < self._patch**2, tf.float32)
        content, slope = tf.random.stateless_uniform(shape, seed), tf.zeros(shape)
        for i in tf.range(tf.size(self._rates)):
            views = self._views(seen, seed + tf.stack([0, i + 1]))
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(content)
                gain = tf.reduce_sum(self._gain(tf.where(where, content, images), views, targets))
            now = tape.gradient(gain, content)
            slope = MOMENTUM * slope + now / (tf.reduce_mean(tf.abs(now), axis=(1, 2, 3), keepdims=True) + 1e-12)
            content = tf.clip_by_value(content + self._rates[i] * tf.sign(slope), 0.0, 1.0)
        return tf.where(where, content, images)

    def _views(self, seen: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Masks bool [n, SINGLES + 1, s, s] drawn among those that leave some of the patch to be seen."""
        count = len(self._masks)
        order = tf.random.stateless_uniform(tf.shape(seen), seed) * seen
        best = tf.math.top_k(order, min(SINGLES + 1, count)).indices
        single = tf.gather(self._masks, best)
        return tf.concat([single[:, :-1], single[:, -1:] | single[:, :1]], axis=1)

    def _gain(self, images: tf.Tensor, views: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        count = tf.shape(views)[1]
        masked = tf.reshape(tf.where(views[..., None], masking.FILL, images[:, None]), [-1, SIZE, SIZE, 3])
        # A view that is won by 1 wants no more: the others need the effort.
        return tf.minimum(-margin(self._network(masked), tf.repeat(targets, count)), 1.0)
