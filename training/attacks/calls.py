"""A network's logits and gradients for NumPy images: compiled once for a network, in batches, never traced again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import tensorflow as tf

from training.attacks.losses import Network, objective

BATCH = 32  # beyond this the activations leave the cache


def logits(network: Network, images: np.ndarray) -> np.ndarray:
    """float32 [n, classes] of float32 images [n, h, w, 3] in [0, 1]."""
    run = _forward(network, images.shape[1:])
    return np.concatenate([run(images[i : i + BATCH]).numpy() for i in _starts(images)])


def gradients(
    network: Network, images: np.ndarray, labels: np.ndarray, name: str, targets: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The objective called name (losses.objective) [n], the logits [n, classes] and the objective's gradient at the images."""
    aims = labels if targets is None else targets
    labels, aims = labels.astype(np.int32), aims.astype(np.int32)
    run = _backward(network, images.shape[1:], name, targets is not None)
    parts = [run(images[i : i + BATCH], labels[i : i + BATCH], aims[i : i + BATCH]) for i in _starts(images)]
    value, found, slope = (np.concatenate([p.numpy() for p in column]) for column in zip(*parts, strict=True))
    return value, found, slope


def labels_of(network: Network, images: np.ndarray) -> np.ndarray:
    """Class index [n] that the network gives each image."""
    return np.argmax(logits(network, images), axis=1).astype(np.int32)


def reached(found: np.ndarray, labels: np.ndarray, targets: np.ndarray | None = None) -> np.ndarray:
    """bool [n]: whether logits [n, classes] are what an attack is after, the target or else any class but the label."""
    guesses = np.argmax(found, axis=1)
    return guesses != labels if targets is None else guesses == targets


def take(values: np.ndarray | None, where: np.ndarray) -> np.ndarray | None:
    """values[where], or None without values."""
    return None if values is None else values[where]


def _starts(images: np.ndarray) -> range:
    return range(0, max(len(images), 1), BATCH)


# The batch dimension is left free in the graphs, so that images can be dropped once they are broken.
@lru_cache(maxsize=32)
def _forward(network: Network, shape: tuple[int, ...]) -> Callable:
    return tf.function(lambda x: network(x), input_signature=[tf.TensorSpec([None, *shape], tf.float32)], autograph=False)


@lru_cache(maxsize=32)
def _backward(network: Network, shape: tuple[int, ...], name: str, targeted: bool) -> Callable:
    aim = objective(name, targeted)
    index = tf.TensorSpec([None], tf.int32)

    @tf.function(input_signature=[tf.TensorSpec([None, *shape], tf.float32), index, index], autograph=False)
    def run(x: tf.Tensor, labels: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            found = network(x)
            value = aim(found, labels, targets)
        return value, found, tape.gradient(value, x)

    return run
