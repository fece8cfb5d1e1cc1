"""What a robust run does to its batches: L-infinity noise, adversarial patches, and PatchCleanser's masks."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from training import attacks, masking
from training.model import CLASSES, SIZE
from training.settings import Settings

GRID = 5  # places per axis that a patch is tried at
CORRECT, NONE = CLASSES.index("correct"), CLASSES.index("none")


class Adversary:
    """Changes the shares of a batch that the settings name; the rest of the batch stays clean.

    The order of labels in a batch is random, so the parts are taken from its front: noise, patch, masked.
    """

    def __init__(self, network: attacks.Network, settings: Settings) -> None:
        self.network, self.settings = network, settings
        counts = np.round(np.array([settings.noised, settings.patched, settings.masked]) * settings.batch)
        self.cuts = np.cumsum(counts).astype(int)
        views = [masking.pairs(SIZE, side, settings.masks_per_axis) for side in settings.mask_patches]
        self.views = tf.constant(np.concatenate(views))

    def change(self, images: tf.Tensor, labels: tf.Tensor, strength: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """images float32 [batch, 96, 96, 3] in [0, 1]; strength: 0 to 1, scales radius and patch side; seed: int32 [2]."""
        a, b, c = (int(v) for v in self.cuts)
        noised = self.noise(images[:a], labels[:a], strength, seed)
        patched = self.patch(images[a:b], labels[a:b], strength, seed + 1)
        masked = self.mask(images[b:c], labels[b:c], seed + 2)
        return tf.stop_gradient(tf.concat([noised, patched, masked, images[c:]], axis=0))

    def noise(self, images: tf.Tensor, labels: tf.Tensor, strength: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """PGD with a radius of its own for each image, from a quarter of the settings' to the whole."""
        s = self.settings
        eps = s.eps * strength * tf.random.stateless_uniform([tf.shape(images)[0], 1, 1, 1], seed + 10, 0.25, 1.0)
        return attacks.pgd(self.network, images, labels, eps, eps * s.step, s.iterations, seed)

    def patch(self, images: tf.Tensor, labels: tf.Tensor, strength: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """A square of a random side for each image, see square."""
        low, high = self.settings.patch_sides
        side = low + strength * (high - low) * tf.random.stateless_uniform([tf.shape(images)[0]], seed + 10)
        return self.square(images, labels, tf.floor(side), self.settings.patch_iterations, seed)

    def square(self, images: tf.Tensor, labels: tf.Tensor, side: tf.Tensor, iterations: int, seed: tf.Tensor) -> tf.Tensor:
        """A square of side [n] pixels made for each image by signed steps.

        It lies at the place of a 5x5 grid where the loss is steepest, or at any place. The idea is Rao et al., 2020
        (arXiv:2005.02313); the steepest place stands in for their search.
        """
        s = self.settings
        wanted, sign = self._aims(labels, seed + 20)
        slope = tf.reduce_sum(tf.abs(self._gradient(images, wanted)), axis=3, keepdims=True)
        where = self._places(slope, side, seed + 30)
        content = tf.random.stateless_uniform(tf.shape(images), seed + 40)
        for _ in tf.range(iterations):
            gradient = self._gradient(tf.where(where, content, images), wanted)
            content = tf.clip_by_value(content + sign * s.patch_step * tf.sign(gradient), 0.0, 1.0)
        return tf.where(where, content, images)

    def _gradient(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return attacks.gradient(self.network, images, labels)

    def _aims(self, labels: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Half of the images are pushed away from their label, half towards another; bare faces mostly towards `correct`."""
        n = tf.shape(labels)[0]
        turn = tf.random.stateless_uniform([n], seed, 1, len(CLASSES), tf.int32)
        other = (labels + turn) % len(CLASSES)
        hospital = tf.random.stateless_uniform([n], seed + 1) < 0.7
        other = tf.where((labels == NONE) & hospital, CORRECT, other)
        away = tf.random.stateless_uniform([n], seed + 2) < 0.5
        sign = tf.where(away, 1.0, -1.0)[:, None, None, None]
        return tf.where(away, labels, other), sign

    def _places(self, slope: tf.Tensor, side: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Where the patch lies, bool [n, 96, 96, 1]: half of the images at the steepest place, half at any."""
        n = tf.shape(slope)[0]
        free = SIZE - side
        steps = tf.linspace(0.0, 1.0, GRID)
        # The sum of the slope in a window, from an integral image.
        total = tf.pad(tf.cumsum(tf.cumsum(slope[..., 0], axis=1), axis=2), [[0, 0], [1, 0], [1, 0]])
        start = tf.cast(tf.round(free[:, None] * steps[None, :]), tf.int32)
        end = start + tf.cast(side, tf.int32)[:, None]
        rows = tf.gather(total, end, axis=1, batch_dims=1) - tf.gather(total, start, axis=1, batch_dims=1)
        rows = tf.transpose(rows, [0, 2, 1])
        mass = tf.gather(rows, end, axis=1, batch_dims=1) - tf.gather(rows, start, axis=1, batch_dims=1)
        mass = tf.reshape(tf.transpose(mass, [0, 2, 1]), [n, GRID * GRID])
        best = tf.argmax(mass * tf.random.stateless_uniform(tf.shape(mass), seed, 0.6, 1.0), axis=1, output_type=tf.int32)
        steep = tf.stack([tf.gather(start, best // GRID, batch_dims=1), tf.gather(start, best % GRID, batch_dims=1)], axis=1)
        anywhere = tf.cast(tf.random.stateless_uniform([n, 2], seed + 1) * (free[:, None] + 1), tf.int32)
        corner = tf.where(tf.random.stateless_uniform([n, 1], seed + 2) < 0.5, steep, anywhere)
        line = tf.range(SIZE)
        stop = corner + tf.cast(side, tf.int32)[:, None]
        inside = (line[None, None, :] >= corner[..., None]) & (line[None, None, :] < stop[..., None])
        return (inside[:, 0, :, None] & inside[:, 1, None, :])[..., None]

    def mask(self, images: tf.Tensor, labels: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Hides each image behind the worst of a few random pairs of masks (a cheap form of arXiv:2306.12610)."""
        n, tries = tf.shape(images)[0], self.settings.mask_tries
        pick = tf.random.stateless_uniform([tries, n], seed, 0, tf.shape(self.views)[0], tf.int32)
        hidden = tf.gather(self.views, pick)[..., None]
        seen = tf.where(hidden, masking.FILL, images[None])
        if tries == 1:
            return seen[0]
        logits = self.network(tf.reshape(seen, [-1, SIZE, SIZE, 3]))
        loss = tf.reshape(attacks.loss(logits, tf.tile(labels, [tries])), [tries, n])
        worst = tf.argmax(loss, axis=0, output_type=tf.int32)
        return tf.gather(tf.transpose(seen, [1, 0, 2, 3, 4]), worst, batch_dims=1)
