"""Accuracy against L-infinity strength: FGSM, BIM and PGD alone, and the worst case over the three-class ensemble."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from training import attacks
from training.attacks import linf
from training.measure.context import Context, in_batches
from training.measure.reached import Reached
from training.net.model import SIZE

RESTARTS = 2
LONGER = 2  # times PGD's steps, for the check that still more change nothing


def single(context: Context, variant: str) -> dict:
    """Rows by attack and radius; an image broken at one radius counts as broken at every larger one, as that ball holds it."""
    network, iterations = context.subject.network(variant), context.effort.pgd
    scaled = lambda eps: tf.constant(eps, tf.float32)  # noqa: E731

    def pgd(steps: int, restarts: int = RESTARTS) -> Callable:
        return lambda x, y, eps, seed: linf.pgd_restarts(network, x, y, eps, eps / 4, steps, seed, restarts)

    tried = {
        "FGSM": lambda x, y, eps, seed: attacks.fgsm(network, x, y, eps),
        f"BIM-{iterations // 2}": lambda x, y, eps, seed: attacks.bim(network, x, y, eps, eps / 4, iterations // 2),
        f"PGD-{iterations}": pgd(iterations),
    }
    curves = {name: _curve(context, variant, run, scaled) for name, run in tried.items()}
    radius = next((r for r in context.effort.radii if r >= 4), context.effort.radii[0])
    whole = np.arange(len(context.sampled))
    steps = [LONGER * iterations, 2 * LONGER * iterations]
    once, twice = (_broken(context, variant, _compiled(pgd(n, 1)), scaled(radius / 255), whole) for n in steps)
    return {
        "attacks": curves,
        "doubled": {
            "attack": "PGD",
            "eps255": radius,
            "iterations": steps,
            "rows": [context.row(once), context.row(twice)],
        },
    }


def _curve(context: Context, variant: str, run: Callable, scaled: Callable) -> list[dict]:
    crops = context.sampled
    state = Reached(crops.labels, context.subject.answers(variant, crops.images))
    rows = [{"eps255": 0} | context.row(state.answers())]
    compiled = _compiled(run)
    for radius in context.effort.radii:
        alive = np.flatnonzero(state.alive)
        state.add(alive, _broken(context, variant, compiled, scaled(radius / 255), alive))
        rows.append({"eps255": radius} | context.row(state.answers()))
    return rows


def _compiled(run: Callable) -> Callable:
    """Traced once: the number of images is left free, as it falls with every radius."""
    images, index = tf.TensorSpec([None, SIZE, SIZE, 3], tf.float32), tf.TensorSpec([None], tf.int32)
    return tf.function(run, input_signature=[images, index, tf.TensorSpec([], tf.float32), tf.TensorSpec([2], tf.int32)])


def _broken(context: Context, variant: str, run: Callable, eps: tf.Tensor, where: np.ndarray) -> np.ndarray:
    crops = context.sampled
    if not len(where):
        return np.zeros(0, int)
    attacked = in_batches(lambda x, y, seed: run(x, y, eps, seed), context.seed, crops.images[where], crops.labels[where])
    return context.subject.answers(variant, attacked)
