"""Feature squeezing (Xu, Evans & Qi, NDSS 2018): an input is suspect when simplifying it changes the answer much."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import tensorflow as tf
from scipy import stats

from training.attacks import median3
from training.attacks.losses import Network, margin

Logits = Callable[[np.ndarray], np.ndarray]
BITS = 5
FALSE_POSITIVE_RATE = 0.05


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits [..., 3]."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def reduce_bits(images: np.ndarray, bits: int = BITS) -> np.ndarray:
    """Images in [0, 1] on 2^bits levels; halves go to the even level, as in the authors' code."""
    levels = np.float32(2**bits - 1)
    return np.rint(images * levels) / levels


def median(images: np.ndarray) -> np.ndarray:
    """3x3 median per channel with edge-repeating borders of float32 [n, h, w, 3]; the same as attacks.median3."""
    return np.stack([cv2.medianBlur(image, 3) for image in images]) if len(images) else images


def scores(logits_of: Logits, images: np.ndarray, bits: int = BITS) -> np.ndarray:
    """Largest L1 distance [n], 0 to 2, between the probabilities of each image and of its squeezed forms."""
    plain = softmax(logits_of(images))
    squeezed = (softmax(logits_of(f)) for f in (reduce_bits(images, bits), median(images)))
    return np.max([np.abs(plain - s).sum(axis=1) for s in squeezed], axis=0)


def threshold(legitimate: np.ndarray, rate: float = FALSE_POSITIVE_RATE) -> float:
    """The order statistic ceil(n (1 - rate)) of scores of legitimate images; what lies above it is flagged."""
    if not len(legitimate):
        raise ValueError("no scores to set a threshold from")
    return float(np.sort(legitimate)[max(1, int(np.ceil(len(legitimate) * (1 - rate)))) - 1])


def shipped(detector: dict) -> dict:
    """What a manifest says of the detector, from what measure.detector found."""
    return {key: detector[key] for key in ("bits", "window", "threshold", "false_positive_rate")}


def proportion(hits: int, trials: int, confidence: float = 0.95) -> dict:
    """A share with its Clopper-Pearson interval (Biometrika 1934)."""
    if not trials:
        return {"value": None, "interval95": None, "of": 0}
    found = stats.binomtest(hits, trials).proportion_ci(confidence, method="exact")
    return {"value": hits / trials, "interval95": [float(found.low), float(found.high)], "of": trials}


def adaptive(
    network: Network,
    images: tf.Tensor,
    labels: tf.Tensor,
    eps: tf.Tensor,
    step: tf.Tensor,
    iterations: int,
    limit: tf.Tensor,
    weight: tf.Tensor,
    seed: tf.Tensor,
    bits: int = BITS,
) -> tf.Tensor:
    """PGD that wants a wrong answer and a score below the threshold `limit`; images as in attacks.pgd.

    It maximizes the margin, held at 1 once won, less `weight` times the score's excess over 0.9 limit. Rounding to levels is
    passed backwards as if it were not there (BPDA), the median by its exact subgradient.
    """
    low, high = tf.maximum(images - eps, 0.0), tf.minimum(images + eps, 1.0)
    levels = float(2**bits - 1)

    def aim(x: tf.Tensor) -> tf.Tensor:
        logits = network(x)
        plain = tf.nn.softmax(logits)
        rounded = x + tf.stop_gradient(tf.round(x * levels) / levels - x)
        gaps = [tf.reduce_sum(tf.abs(plain - tf.nn.softmax(network(f))), axis=1) for f in (rounded, median3(x))]
        score = tf.maximum(*gaps)
        return tf.minimum(margin(logits, labels), 1.0) - weight * tf.maximum(score - 0.9 * limit, 0.0)

    x = tf.clip_by_value(images + eps * tf.random.stateless_uniform(tf.shape(images), seed, -1.0, 1.0), low, high)
    for _ in tf.range(iterations):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            value = tf.reduce_sum(aim(x))
        x = tf.clip_by_value(x + step * tf.sign(tape.gradient(value, x)), low, high)
    return tf.stop_gradient(x)


def alarms_per_day(
    flagged: np.ndarray, groups: np.ndarray, votes: int, frames: int, visits: int, rng: np.random.Generator, rounds: int = 200
) -> np.ndarray:
    """False alarms in `rounds` simulated days of `visits` people, each seen in `frames` classified frames, float [rounds].

    A person's frames are drawn from the images of one group (so that people whose pictures are flagged stay flagged); an
    alarm needs `votes` of them flagged. flagged: bool [n] of legitimate images; groups: [n].
    """
    _, index = np.unique(groups, return_inverse=True)
    rate = np.bincount(index, flagged) / np.bincount(index)
    chance = stats.binom.sf(votes - 1, frames, rate)
    # A day's people are a draw of the groups themselves, so that the uncertainty of few groups shows.
    counts = rng.multinomial(len(rate), np.full(len(rate), 1 / len(rate)), size=rounds)
    return rng.binomial(visits, counts @ chance / len(rate)).astype(float)
