"""Validation during a run: accuracy on `val`, clean, attacked and masked."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from training import attacks, data
from training.defense import masking
from training.fit.patching import Patcher
from training.fit.settings import VALIDATION_DECAY, VALIDATION_STEP, Settings
from training.measure import metrics
from training.measure.context import eight_bits
from training.net.model import CLASSES, MARGIN, SIZE

KEYS = ("val_clean", "val_noised", "val_patched", "val_masked")
MOST = 100  # images of a class that are attacked: the figures are balanced, so the larger classes are thinned
ITERATIONS = 10
BATCH = 100


class Validator:
    """Measures a network on val; the attacks are quick ones, to compare epochs with, not to report."""

    def __init__(self, model: keras.Model, val: data.Split, settings: Settings) -> None:
        self.settings = settings
        self.network = lambda x: model(x, training=False)
        self.val, self.clean = val, inputs(val)
        self.part = data.thin(val, MOST)
        self.images = inputs(self.part).astype(np.float32) / 255
        self.patcher = Patcher(self.network, settings)
        self.hidden = masking.pairs(SIZE, settings.validation_mask, settings.masks_per_axis)
        self._noised, self._patched = tf.function(self._noise), tf.function(self._patch)

    def measure(self) -> dict:
        """Balanced accuracies under KEYS, and the recall of each class."""
        row = {}
        self._put(row, "val_clean", self.val.labels, metrics.predict(self.network, self.clean))
        attacked = self.attacked()
        if not attacked:
            return row | dict.fromkeys(KEYS[1:], 0.0)
        for key, images in attacked.items():
            self._put(row, key, self.part.labels, metrics.predict(self.network, images))
        return row

    def attacked(self) -> dict[str, np.ndarray]:
        """uint8 images of `part` under each attack, by KEYS; none for a run without attacks."""
        if not self.settings.attacked:
            return {}
        rng = np.random.default_rng(self.settings.seed)
        pick = rng.integers(0, len(self.hidden), len(self.images))
        changed = {
            "val_noised": lambda x, y, i: self._noised(x, y, tf.constant([1, i])),
            "val_patched": lambda x, y, i: self._patched(x, y, tf.constant([2, i])),
            "val_masked": lambda x, y, i: tf.constant(masking.hide(x.numpy(), self.hidden[pick[i : i + len(x)]])),
        }
        found = {}
        for key, change in changed.items():
            parts = []
            for i in range(0, len(self.images), BATCH):
                x, y = tf.constant(self.images[i : i + BATCH]), tf.constant(self.part.labels[i : i + BATCH])
                parts.append(eight_bits(change(x, y, i).numpy()))
            found[key] = np.concatenate(parts)
        return found

    def _put(self, row: dict, key: str, labels: np.ndarray, guesses: np.ndarray) -> None:
        recall = metrics.recalls(labels, guesses)
        row[key] = float(np.nanmean(recall))
        row[f"{key}_recall"] = {c: round(float(r), 3) for c, r in zip(CLASSES, recall, strict=True)}

    def _noise(self, x: tf.Tensor, y: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        eps = self.settings.validation_eps
        return attacks.pgd(self.network, x, y, eps, VALIDATION_STEP * eps, ITERATIONS, seed, decay=VALIDATION_DECAY)

    def _patch(self, x: tf.Tensor, y: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        side = self.settings.validation_patch
        return self.patcher.square(x, y, tf.fill([tf.shape(x)[0]], float(side)), ITERATIONS, seed)


def inputs(split: data.Split) -> np.ndarray:
    """What the network sees of the crops, uint8 [n, 96, 96, 3]."""
    return data.resize(data.recrop(split.images, MARGIN), SIZE)
