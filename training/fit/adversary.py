"""What a robust run does to its batches: L-infinity noise, adversarial patches, and PatchCleanser's masks."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from training import attacks
from training.defense import masking
from training.fit.patching import Patcher
from training.fit.settings import LEAST, Settings
from training.net.model import SIZE


class Adversary:
    """Changes the shares of a batch that the settings name; the rest of the batch stays clean.

    The order of labels in a batch is random, so the parts are taken from its front: noise, patch, masked.
    """

    def __init__(self, network: attacks.Network, settings: Settings) -> None:
        self.network, self.settings = network, settings
        counts = np.round(np.array([settings.noised, settings.patched, settings.masked]) * settings.batch)
        self.cuts = np.cumsum(counts).astype(int)
        self.patcher = Patcher(network, settings)
        self.sets = [masking.masks(SIZE, side, settings.masks_per_axis) for side in settings.mask_patches]

    def change(self, images: tf.Tensor, labels: tf.Tensor, strength: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """images float32 [batch, 96, 96, 3] in [0, 1]; strength: 0 to 1, scales radius and patch side; seed: int32 [2]."""
        a, b, c = (int(v) for v in self.cuts)
        noised = self.noise(images[:a], labels[:a], strength, seed)
        patched = self.patcher.change(images[a:b], labels[a:b], strength, seed + 1)
        # An equal part for each of the mask sets.
        ends = np.linspace(b, c, len(self.sets) + 1).astype(int)
        masked = [
            self.mask(images[i:j], labels[i:j], masks, seed + 2)
            for i, j, masks in zip(ends[:-1], ends[1:], self.sets, strict=True)
            if j > i
        ]
        return tf.stop_gradient(tf.concat([noised, patched, *masked, images[c:]], axis=0))

    def noise(self, images: tf.Tensor, labels: tf.Tensor, strength: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """PGD with a random radius for each image, from LEAST of the settings' radius to all of it, and steps that shrink.

        The first step is up to twice as long for some images as for others, so that no schedule is learned.
        """
        s = self.settings
        share = tf.maximum(tf.random.stateless_uniform([tf.shape(images)[0], 1, 1, 1], seed + 10) ** s.power, LEAST)
        eps = s.eps * strength * share
        first = eps * s.step * tf.random.stateless_uniform([tf.shape(images)[0], 1, 1, 1], seed + 20, 0.5, 1.0)
        return attacks.pgd(self.network, images, labels, eps, first, s.iterations, seed, decay=s.decay)

    def mask(self, images: tf.Tensor, labels: tf.Tensor, masks: np.ndarray, seed: tf.Tensor) -> tf.Tensor:
        """Hides each image behind the worst mask of the set bool [m, 96, 96], and then, mostly, behind a second.

        Greedy, in two rounds (Saha et al. 2023, arXiv:2306.12610); the second round tries `mask_tries` random masks.
        """
        n, hidden = tf.shape(images)[0], tf.constant(masks[..., None])
        seen = self._worst(images, labels, tf.tile(hidden[:, None], [1, n, 1, 1, 1]))
        pick = tf.random.stateless_uniform([self.settings.mask_tries, n], seed, 0, len(masks), tf.int32)
        return self._worst(seen, labels, tf.gather(hidden, pick))

    def _worst(self, images: tf.Tensor, labels: tf.Tensor, hidden: tf.Tensor) -> tf.Tensor:
        """Of masks bool [m, n, 96, 96, 1], each image behind that with the highest loss."""
        count = hidden.shape[0]
        seen = tf.where(hidden, masking.FILL, images[None])
        logits = self.network(tf.reshape(seen, [-1, SIZE, SIZE, 3]))
        loss = tf.reshape(attacks.loss(logits, tf.tile(labels, [count])), [count, -1])
        worst = tf.argmax(loss, axis=0, output_type=tf.int32)
        return tf.gather(tf.transpose(seen, [1, 0, 2, 3, 4]), worst, batch_dims=1)
