"""A tiny net that classifies colored noise, and images that it classifies correctly."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import pytest

from training.attacks import Network, calls


@dataclass(frozen=True)
class Victim:
    """images float32 [n, 24, 24, 3] with labels int32 [n], all classified right; others int32 [n], a wrong class each."""

    network: Network
    images: np.ndarray
    labels: np.ndarray

    @property
    def others(self) -> np.ndarray:
        return ((self.labels + 1) % 3).astype(np.int32)

    def accuracy(self, images: np.ndarray) -> float:
        return float(np.mean(calls.labels_of(self.network, np.asarray(images)) == self.labels))

    def hits(self, images: np.ndarray) -> float:
        return float(np.mean(calls.labels_of(self.network, np.asarray(images)) == self.others))

    def distance(self, images: np.ndarray) -> np.ndarray:
        return np.abs(images - self.images).max(axis=(1, 2, 3))


@pytest.fixture(scope="session")
def victim() -> Victim:
    keras.utils.set_random_seed(4)
    rng = np.random.default_rng(2)
    labels = np.arange(96).astype(np.int32) % 3
    images = rng.uniform(0, 0.9, (96, 24, 24, 3)).astype(np.float32)
    # A patch of color in one quarter: there are places for a patch that matter more than others.
    images[:, :12, :12] += 0.1 * np.eye(3, dtype=np.float32)[labels][:, None, None]
    model = keras.Sequential(
        [keras.Input((24, 24, 3)), keras.layers.Conv2D(8, 3, 2, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(3)]
    )
    model.compile(keras.optimizers.Adam(0.003), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(images, labels, epochs=25, batch_size=32, verbose=0)
    network = lambda x: model(x, training=False)  # noqa: E731
    right = np.flatnonzero(calls.labels_of(network, images) == labels)[:30]
    assert len(right) == 30
    return Victim(network, images[right], labels[right])
