"""Predictions, attacks and balanced figures over many images."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import tensorflow as tf

from training import attacks
from training.measure.recall import recalls
from training.net.model import CLASSES

BATCH = 128


def predict(network: attacks.Network, images: np.ndarray) -> np.ndarray:
    """Class index [n] of uint8 images [n, h, w, 3]."""
    found = [np.argmax(network(tf.constant(_unit(images[i : i + BATCH]))), axis=1) for i in range(0, len(images), BATCH)]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def attack(
    network: attacks.Network, images: np.ndarray, labels: np.ndarray, eps: float, step: float, iterations: int, seed: int
) -> np.ndarray:
    """Class index [n] that the network gives each uint8 image after PGD against it."""
    run = _pgd(network, iterations)
    found = []
    for i in range(0, len(images), BATCH):
        x, y = tf.constant(_unit(images[i : i + BATCH])), tf.constant(labels[i : i + BATCH])
        changed = run(x, y, tf.constant(eps, tf.float32), tf.constant(step, tf.float32), tf.constant([seed, i], tf.int32))
        found.append(np.argmax(network(changed), axis=1))
    return np.concatenate(found)


@cache
def _pgd(network: attacks.Network, iterations: int) -> Callable:
    return tf.function(lambda x, y, eps, step, seed: attacks.pgd(network, x, y, eps, step, iterations, seed), reduce_retracing=True)


def balanced(labels: np.ndarray, guesses: np.ndarray) -> float:
    """Mean of the recalls of the classes that occur."""
    return float(np.nanmean(recalls(labels, guesses)))


def confusion(labels: np.ndarray, guesses: np.ndarray) -> list[list[int]]:
    """Counts, rows truth and columns answers, in the order of CLASSES."""
    table = np.zeros((len(CLASSES), len(CLASSES)), int)
    np.add.at(table, (labels, guesses), 1)
    return table.tolist()


def interval(labels: np.ndarray, guesses: np.ndarray, groups: list[str], rounds: int = 1000, seed: int = 1) -> tuple[float, float]:
    """95 % interval of the balanced accuracy, by bootstrap over whole groups (near-duplicates move together)."""
    names, index = np.unique(np.array(groups), return_inverse=True)
    classes = len(CLASSES)
    totals, hits = np.zeros((len(names), classes)), np.zeros((len(names), classes))
    np.add.at(totals, (index, labels), 1)
    np.add.at(hits, (index, labels), guesses == labels)
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(rounds):
        pick = rng.integers(0, len(names), len(names))
        count = totals[pick].sum(axis=0)
        scores.append(np.mean(hits[pick].sum(axis=0)[count > 0] / count[count > 0]))
    low, high = np.percentile(scores, (2.5, 97.5))
    return float(low), float(high)


def _unit(images: np.ndarray) -> np.ndarray:
    return images.astype(np.float32) / 255
