"""What every measurement is given: the network, the crops, and how much may be spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import tensorflow as tf

from training.defense import masking
from training.measure import crops, score
from training.measure.subject import Subject
from training.net.model import SIZE

BATCH = 50  # images attacked at once


@dataclass(frozen=True)
class Effort:
    """How much is spent. factor 1 is about 60 minutes of two cores for a base and a robust pack.

    factor: scales iterations and queries, not the grid of strengths. sample: crops of each class of the white-box measurements.
    pgd: PGD's steps, not scaled: fewer are not enough for the base network.
    radii: L-infinity, of 255. areas: of square patches, as shares of the pixels. certified: areas that masks are made for.
    """

    factor: float = 1.0
    sample: int = 50
    pgd: int = 20
    radii: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    areas: tuple[float, ...] = (0.005, 0.01, 0.02, 0.03, 0.05, 0.10)
    certified: tuple[float, ...] = (0.01, 0.02, 0.03, 0.05)
    masks: tuple[int, ...] = (3, 6)

    def count(self, full: int, least: int = 1) -> int:
        """`full` iterations or queries, scaled, but `least` at least."""
        return max(least, round(full * self.factor))


TINY = Effort(0.02, 3, 8, (4, 32), (0.02, 0.05), (0.02,), (3,))


@dataclass(frozen=True, eq=False)
class Context:
    """test and val: all their crops; sample: places in test of the stratified sample; folder: where arrays are kept."""

    subject: Subject
    test: crops.Crops
    val: crops.Crops
    sample: np.ndarray
    effort: Effort
    seed: int
    folder: Path

    @cached_property
    def sampled(self) -> crops.Crops:
        """The crops of the sample."""
        return self.test.take(self.sample)

    def half(self) -> Context:
        """The same with half of the sample, for what is measured next to the main figures or takes most passes."""
        kept = crops.stratified(self.sampled.labels, max(1, self.effort.sample // 2), self.seed)
        return replace(self, sample=self.sample[kept])

    def rng(self) -> np.random.Generator:
        """A fresh generator, the same for every measurement."""
        return np.random.default_rng(self.seed)

    def row(self, answers: np.ndarray, reached: np.ndarray | None = None) -> dict:
        """score.row of answers to the sample."""
        return score.row(self.sampled.labels, answers, self.sampled.groups, reached)


def side(area: float) -> int:
    """Side in model-input pixels of a square patch that covers this share of them."""
    return masking.side_of(area, SIZE)


def in_batches(run: Callable[..., tf.Tensor], seed: int, *arrays: np.ndarray) -> np.ndarray:
    """`run(*batch, seed int32 [2])` over equal batches of the arrays, joined; an own seed for each batch."""
    parts = []
    for i in range(0, len(arrays[0]), BATCH):
        batch = (tf.constant(a[i : i + BATCH]) for a in arrays)
        parts.append(np.asarray(run(*batch, tf.constant([seed, i], tf.int32))))
    return np.concatenate(parts) if parts else np.zeros((0, SIZE, SIZE, 3), np.float32)
