"""Patches made for the images of a batch, and a bank of earlier ones that new ones begin with."""

from __future__ import annotations

import tensorflow as tf

from training import attacks
from training.fit.settings import GRID, SLOTS, Settings
from training.net.model import CLASSES, SIZE

CORRECT, NONE = CLASSES.index("correct"), CLASSES.index("none")


class Patcher:
    """Squares of a side for each image, at the worst of a few places, made by signed gradient steps.

    Half of them begin with a patch that did harm to an earlier image, so that a few steps go as far as many from noise (as
    in Metzen et al. 2021, arXiv:2101.11453). Places are tried by the loss, as in Rao et al. 2020 (arXiv:2005.02313).
    A patch is held in its own coordinates, float32 [n, side, side, 3] for the largest side; smaller ones use its top left.
    """

    def __init__(self, network: attacks.Network, settings: Settings) -> None:
        self.network, self.settings = network, settings
        self.side = settings.patch_sides[1]
        noise = tf.random.stateless_uniform([len(CLASSES) ** 2 * SLOTS, self.side, self.side, 3], [settings.seed, 0])
        self.bank = tf.Variable(noise, trainable=False)

    def change(self, images: tf.Tensor, labels: tf.Tensor, strength: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """The images with a patch each, the larger sides more often; strength 0 to 1 scales the sides. The bank learns."""
        low, high = self.settings.patch_sides
        draw = tf.sqrt(tf.random.stateless_uniform([tf.shape(images)[0]], seed + 10))
        side = tf.floor(low + strength * draw * (high + 1 - low) * 0.999)
        return self.square(images, labels, side, self.settings.patch_iterations, seed, learn=True)

    def square(
        self, images: tf.Tensor, labels: tf.Tensor, side: tf.Tensor, iterations: int, seed: tf.Tensor, learn: bool = False
    ) -> tf.Tensor:
        """The images with a square of side [n] pixels each; seed: int32 [2]. With learn the bank is used and renewed."""
        aims, sign = self.aims(labels, seed + 20)
        content = tf.random.stateless_uniform([tf.shape(images)[0], self.side, self.side, 3], seed + 40)
        slot = (labels * len(CLASSES) + aims) * SLOTS + tf.random.stateless_uniform(tf.shape(labels), seed + 41, 0, SLOTS, tf.int32)
        if learn:
            old = tf.random.stateless_uniform(tf.shape(labels), seed + 42) < 0.5
            content = tf.where(old[:, None, None, None], tf.gather(self.bank, slot), content)
        corner = self._place(images, aims, sign, side, content, seed + 30)
        inside = _inside(corner, side)
        for i in tf.range(iterations):
            left = 1.0 - 0.8 * tf.cast(i, tf.float32) / max(iterations, 1)
            slope = self._cut(self._gradient(tf.where(inside, _apply(content, corner), images), aims), corner)
            content = tf.clip_by_value(content + sign * self.settings.patch_step * left * tf.sign(slope), 0.0, 1.0)
        if learn:
            self.bank.scatter_update(tf.IndexedSlices(content, slot))
        return tf.where(inside, _apply(content, corner), images)

    def aims(self, labels: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Half of the images are pushed away from their label, half toward another; unmasked faces mostly toward `correct`."""
        n = tf.shape(labels)[0]
        turn = tf.random.stateless_uniform([n], seed, 1, len(CLASSES), tf.int32)
        other = (labels + turn) % len(CLASSES)
        harmful = tf.random.stateless_uniform([n], seed + 1) < 0.7
        other = tf.where((labels == NONE) & harmful, CORRECT, other)
        away = tf.random.stateless_uniform([n], seed + 2) < 0.5
        sign = tf.where(away, 1.0, -1.0)[:, None, None, None]
        return tf.where(away, labels, other), sign

    def _gradient(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return attacks.gradient(self.network, images, labels)

    def _cut(self, images: tf.Tensor, corner: tf.Tensor) -> tf.Tensor:
        """The square of the largest side at corner, [n, side, side, 3]."""
        along = tf.minimum(corner[..., None] + tf.range(self.side), SIZE - 1)
        rows = tf.gather(images, along[:, 0], axis=1, batch_dims=1)
        return tf.gather(rows, along[:, 1], axis=2, batch_dims=1)

    def _place(
        self, images: tf.Tensor, aims: tf.Tensor, sign: tf.Tensor, side: tf.Tensor, content: tf.Tensor, seed: tf.Tensor
    ) -> tf.Tensor:
        """Top left pixels int32 [n, 2]: of a few places, half of them where the loss is steep, that where the patch does most harm."""
        slope = tf.reduce_sum(tf.abs(self._gradient(images, aims)), axis=3)
        tries = self.settings.patch_places
        found = [_steep(slope, side, seed + i) if i < (tries + 1) // 2 else _anywhere(side, seed + i) for i in range(tries)]
        corners = tf.stack(found)
        if tries == 1:
            return corners[0]
        seen = [tf.where(_inside(corner, side), _apply(content, corner), images) for corner in found]
        logits = self.network(tf.concat(seen, axis=0))
        harm = tf.reshape(attacks.loss(logits, tf.tile(aims, [tries])), [tries, -1]) * sign[None, :, 0, 0, 0]
        return tf.gather(tf.transpose(corners, [1, 0, 2]), tf.argmax(harm, axis=0, output_type=tf.int32), batch_dims=1)


def _steep(slope: tf.Tensor, side: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Of a grid of places, drawn with some chance, that with the most slope [n, 96, 96] in its window."""
    steps = tf.linspace(0.0, 1.0, GRID)
    # The sum of the slope in a window, from an integral image.
    total = tf.pad(tf.cumsum(tf.cumsum(slope, axis=1), axis=2), [[0, 0], [1, 0], [1, 0]])
    start = tf.cast(tf.round((SIZE - side)[:, None] * steps[None, :]), tf.int32)
    end = start + tf.cast(side, tf.int32)[:, None]
    rows = tf.gather(total, end, axis=1, batch_dims=1) - tf.gather(total, start, axis=1, batch_dims=1)
    rows = tf.transpose(rows, [0, 2, 1])
    mass = tf.gather(rows, end, axis=1, batch_dims=1) - tf.gather(rows, start, axis=1, batch_dims=1)
    mass = tf.reshape(tf.transpose(mass, [0, 2, 1]), [-1, GRID * GRID])
    best = tf.argmax(mass * tf.random.stateless_uniform(tf.shape(mass), seed, 0.5, 1.0), axis=1, output_type=tf.int32)
    return tf.stack([tf.gather(start, best // GRID, batch_dims=1), tf.gather(start, best % GRID, batch_dims=1)], axis=1)


def _anywhere(side: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.random.stateless_uniform([tf.shape(side)[0], 2], seed) * (SIZE - side + 1)[:, None], tf.int32)


def _inside(corner: tf.Tensor, side: tf.Tensor) -> tf.Tensor:
    """bool [n, 96, 96, 1]: where the squares lie."""
    line = tf.range(SIZE)
    stop = corner + tf.cast(side, tf.int32)[:, None]
    inside = (line[None, None, :] >= corner[..., None]) & (line[None, None, :] < stop[..., None])
    return (inside[:, 0, :, None] & inside[:, 1, None, :])[..., None]


def _apply(content: tf.Tensor, corner: tf.Tensor) -> tf.Tensor:
    """Patches in picture coordinates, [n, 96, 96, 3]; meaningful inside their squares only."""
    along = tf.clip_by_value(tf.range(SIZE)[None, None, :] - corner[..., None], 0, content.shape[1] - 1)
    rows = tf.gather(content, along[:, 0], axis=1, batch_dims=1)
    return tf.gather(rows, along[:, 1], axis=2, batch_dims=1)
