"""Quick figures on `val` during a run in JAX: to compare weights with, not to report."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from training import data
from training.accelerated import attack, step
from training.accelerated.network import Weights, logits
from training.defense import masking
from training.fit.settings import VALIDATION_DECAY, VALIDATION_STEP, Settings
from training.measure.recall import recalls as recalls_of
from training.net.model import CLASSES, SIZE, Architecture

MOST, ITERATIONS = 100, 10
LIGHT = {"x0.5": 0.5, "x0.25": 0.25, "x1.4": 1.4}


class Meter:
    """Balanced accuracies of weights on `val`, the same images, patches' starts and masks each time."""

    def __init__(self, val: data.Split, s: Settings, arch: Architecture) -> None:
        self.attacks = s.noised + s.patched > 0
        self.labels = val.labels
        self.images = data.resize(data.recrop(val.images, 0.0), SIZE)
        keep = np.concatenate([np.flatnonzero(val.labels == c)[:: max(1, (val.labels == c).sum() // MOST)] for c in range(len(CLASSES))])
        self.part, self.part_labels = jnp.asarray(self.images[keep], jnp.float32) / 255, jnp.asarray(val.labels[keep])
        pairs = masking.pairs(SIZE, s.validation_mask, s.masks_per_axis)
        self.hidden = jnp.asarray(pairs[np.random.default_rng(s.seed).integers(0, len(pairs), len(keep))][..., None])
        self.bank = jnp.zeros(step.bank_of(s))
        key, eps = jax.random.key(s.seed), s.validation_eps

        def plain(w: Weights, x: jax.Array) -> jax.Array:
            return logits(w, x, arch).argmax(axis=1)

        def noised(w: Weights, x: jax.Array, y: jax.Array) -> jax.Array:
            network = lambda v: logits(w, v, arch)  # noqa: E731
            return network(attack.pgd(network, x, y, eps, VALIDATION_STEP * eps, ITERATIONS, key, VALIDATION_DECAY)).argmax(axis=1)

        def patched(w: Weights, x: jax.Array, y: jax.Array, bank: jax.Array) -> jax.Array:
            network, side = (lambda v: logits(w, v, arch)), jnp.full(len(x), float(s.validation_patch))
            return network(attack.patch(network, x, y, side, bank, s, ITERATIONS, key)[0]).argmax(axis=1)

        # The images are arguments: as constants the compiler would fold them for minutes.
        self._plain, self._noised, self._patched = jax.jit(plain), jax.jit(noised), jax.jit(patched)

    def measure(self, weights: Weights) -> dict[str, float]:
        """By name: clean, incorrect (its recall, clean), light ladder, gray, noised, patched, masked."""
        recalls = recalls_of(self.labels, self._answers(weights, self.images))
        row = {"clean": float(recalls.mean()), "incorrect": float(recalls[1]), "none": float(recalls[2])}
        for name, gain in LIGHT.items():
            dim = np.clip(np.rint(self.images * gain), 0, 255).astype(np.uint8)
            row[name] = float(recalls_of(self.labels, self._answers(weights, dim)).mean())
        gray = np.repeat(np.rint(self.images @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None], 3, axis=3)
        row["gray"] = float(recalls_of(self.labels, self._answers(weights, gray)).mean())
        x, y = self.part, self.part_labels
        attacked = {"masked": self._plain(weights, jnp.where(self.hidden, masking.FILL, x))}
        if self.attacks:
            attacked |= {"noised": self._noised(weights, x, y), "patched": self._patched(weights, x, y, self.bank)}
        for name, answers in attacked.items():
            recalls = recalls_of(np.asarray(y), np.asarray(answers))
            row[name] = float(recalls.mean())
            row[f"{name}_incorrect"] = float(recalls[1])
        return {key: round(value, 3) for key, value in row.items()}

    def _answers(self, weights: Weights, images: np.ndarray) -> np.ndarray:
        return np.asarray(self._plain(weights, images.astype(np.float32) / 255))
