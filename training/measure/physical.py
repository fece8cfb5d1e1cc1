"""Patches made for each image under EOT transforms: turned, scaled, lit and printed, about a fixed place (arXiv:1707.07397)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tensorflow as tf

from training.attacks import patch, placing
from training.attacks.losses import margin
from training.attacks.placing import PHYSICAL
from training.measure.context import Context, side
from training.measure.patches import STEP
from training.measure.reached import Reached
from training.measure.score import CORRECT, NONE
from training.net.model import CLASSES, SIZE

AREAS = (0.02, 0.05)
PLACES, SCREEN = 9, 8  # places tried with a digital patch, whose best begins the printed one; steps of that
ITERATIONS, DRAWS, SHOWN = 30, 3, 10  # steps, transforms at each, and fresh transforms that the result is measured on
MOMENTUM, DRIFT = 0.9, 2.0  # pixels that the place wanders by
BATCH = 32


def measure(context: Context) -> dict:
    """Rows by area. An image counts as turned when more than half of the EOT transforms turn it."""
    rows = [_row(context, area) for area in AREAS if area in context.effort.areas]
    return {
        "setting": f"Made for each image: turned by up to {np.degrees(PHYSICAL.turn):g} degrees, {PHYSICAL.scale[0]:g} to "
        f"{PHYSICAL.scale[1]:g} of the size, {PHYSICAL.gain[0]:g} to {PHYSICAL.gain[1]:g} of the light, {DRIFT:g} pixels off, in the "
        f"colors of paper, at the best of {PLACES} places; measured on {SHOWN} fresh transforms.",
        "rows": rows,
    }


def _row(context: Context, area: float) -> dict:
    crops, network, pixels = context.sampled, context.subject.network("alone"), side(area)
    state = Reached(crops.labels, context.subject.answers("alone", crops.images))
    turned = []
    for aim in (None, CORRECT):
        todo = np.flatnonzero(state.alive if aim is None else (crops.labels == NONE) & ~state.reached[:, CORRECT])
        if not len(todo):
            continue
        images, labels = crops.images[todo], crops.labels[todo]
        targets = None if aim is None else np.full(len(todo), aim, np.int32)
        begun = patch.optimize(
            network, images, labels, pixels, PLACES, context.effort.count(SCREEN, 2), STEP, context.seed, targets, early_stop=False
        )
        made = _Transformed(network, pixels, context.effort.count(ITERATIONS, 2))(images, labels, targets, begun, context.seed)
        answers = _answers(context, images, made, begun, pixels)
        turned.append(answers != labels if targets is None else answers == targets)
        counts = np.stack([(answers == kind).sum(axis=0) for kind in range(len(CLASSES))])
        if aim is None:
            # Wrong answers of several kinds may share the majority.
            counts[labels, np.arange(len(labels))] = 0
            often = counts.sum(axis=0) > SHOWN / 2
        else:
            often = counts.max(axis=0) > SHOWN / 2
        state.add(todo[often], counts.argmax(axis=0)[often])
    return {
        "area": area,
        "side_px": pixels,
        "transforms_turned": round(float(turned[0].mean()), 4) if turned else None,
        **context.row(state.answers(), state.reached[:, CORRECT]),
    }


def _answers(context: Context, images: np.ndarray, made: np.ndarray, begun: patch.Patched, pixels: int) -> np.ndarray:
    """Answers int [SHOWN, n] to the images with their patches under fresh transforms."""
    mask, found = tf.constant(placing.square_mask(pixels)), []
    for i in range(SHOWN):
        where = _about(begun.rows, begun.cols, len(images), pixels, tf.constant([context.seed + 1000, i], tf.int32))
        seen = placing.apply(tf.constant(images), placing.printed(tf.constant(made)), mask, where)
        found.append(context.subject.answers("alone", tf.clip_by_value(seen, 0.0, 1.0).numpy()))
    return np.stack(found)


def _about(rows: np.ndarray, cols: np.ndarray, count: int, pixels: int, seed: tf.Tensor) -> placing.Placement:
    """Placements drawn as PHYSICAL says, but for the place: at rows and cols [count], give or take DRIFT, inside the picture."""
    drawn = placing.sample(PHYSICAL, count, SIZE, pixels, seed)
    off = tf.random.stateless_uniform([2, count], seed + 7, -DRIFT, DRIFT)
    last = float(SIZE - pixels)
    row, col = (tf.clip_by_value(tf.cast(at, tf.float32) + by, 0.0, last) for at, by in ((rows, off[0]), (cols, off[1])))
    return replace(drawn, row=row, col=col)


class _Transformed:
    """Raises the mean margin over EOT transforms of a patch of one side (Athalye et al. 2018, arXiv:1707.07397)."""

    def __init__(self, network, pixels: int, iterations: int) -> None:
        self._network, self._pixels, self._iterations = network, pixels, iterations
        index, shape = tf.TensorSpec([None], tf.int32), [None, SIZE, SIZE, 3]
        self._slope = tf.function(
            self._gradient,
            input_signature=[
                tf.TensorSpec(shape, tf.float32), index, tf.TensorSpec([], tf.float32),
                tf.TensorSpec([None, pixels, pixels, 3], tf.float32), index, index, tf.TensorSpec([2], tf.int32),
            ],
        )  # fmt: skip

    def __call__(self, images: np.ndarray, labels: np.ndarray, targets: np.ndarray | None, begun: patch.Patched, seed: int) -> np.ndarray:
        """Patches float32 [n, side, side, 3], still to be printed, from those of `begun` at its places."""
        aims, sign = (labels, 1.0) if targets is None else (targets, -1.0)
        made = begun.patches.copy()
        for i in range(0, len(images), BATCH):
            part = slice(i, i + BATCH)
            rows, cols = begun.rows[part].astype(np.int32), begun.cols[part].astype(np.int32)
            content, velocity = made[part], np.zeros_like(made[part])
            for k in range(self._iterations):
                key = tf.constant([seed + i, k], tf.int32)
                slope = self._slope(images[part], aims[part].astype(np.int32), sign, content, rows, cols, key).numpy()
                velocity = MOMENTUM * velocity + slope / (np.abs(slope).mean((1, 2, 3), keepdims=True) + 1e-12)
                content = np.clip(content + STEP * (1 - 0.95 * k / self._iterations) * np.sign(velocity), 0, 1)
            made[part] = content
        return made

    def _gradient(self, images, aims, sign, content, rows, cols, seed) -> tf.Tensor:
        count = tf.shape(images)[0] * DRAWS
        again = lambda x: tf.repeat(x, DRAWS, axis=0)  # noqa: E731
        mask = tf.constant(placing.square_mask(self._pixels))
        where = _about(again(rows), again(cols), count, self._pixels, seed)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(content)
            seen = placing.apply(again(images), placing.printed(again(content)), mask, where)
            # A transform that is won by 1 wants no more: the others need the effort.
            gain = tf.reduce_sum(tf.minimum(sign * margin(self._network(seen), again(aims)), 1.0))
        return tape.gradient(gain, content)
