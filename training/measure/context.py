"""What every measurement is given: the network, the crops, and how much may be spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import tensorflow as tf

from training.data import DataError
from training.defense import masking
from training.measure import blocks, crops, score
from training.measure.subject import Subject
from training.net.model import SIZE

BATCH = 50  # images attacked at once


@dataclass(frozen=True)
class Effort:
    """How much is spent. factor 1 is about 60 minutes of two cores for a base and a robust pack.

    factor: scales iterations and queries, not the grid of strengths. sample: crops of each class of the white-box measurements.
    pgd, apgd, restarts: steps of PGD, and steps and runs of APGD, not scaled: fewer flatter what is attacked.
    blocks: parts of the sample that the longest measurements are made of, so that they can be stopped between two, and shared out.
    radii: L-infinity, of 255. areas: of square patches, as shares of the pixels. certified: areas that masks are made for.
    """

    factor: float = 1.0
    sample: int = 50
    pgd: int = 20
    radii: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    areas: tuple[float, ...] = (0.005, 0.01, 0.02, 0.03, 0.05, 0.10)
    certified: tuple[float, ...] = (0.01, 0.02, 0.03, 0.05)
    masks: tuple[int, ...] = (3, 6)
    apgd: int = 50
    restarts: int = 2
    blocks: int = 6

    def count(self, full: int, least: int = 1) -> int:
        """`full` iterations or queries, scaled, but `least` at least."""
        return max(least, round(full * self.factor))


TINY = Effort(0.02, 3, 8, (4, 32), (0.02, 0.05), (0.02,), (3,), 4, 1, 2)


@dataclass(frozen=True, eq=False)
class Context:
    """test and val: all their crops; sample: places in test of the stratified sample; folder: where arrays are kept.

    block: (i, n) where the sample is that of block i of n, whose rows and counts are put together by blocks.join.
    """

    subject: Subject
    test: crops.Crops
    val: crops.Crops
    sample: np.ndarray
    effort: Effort
    seed: int
    folder: Path
    block: tuple[int, int] | None = None

    @cached_property
    def sampled(self) -> crops.Crops:
        """The crops of the sample."""
        return self.test.take(self.sample)

    def half(self) -> Context:
        """The same with half of the sample, for what is measured next to the main figures or takes most passes."""
        kept = crops.stratified(self.sampled.labels, max(1, self.effort.sample // 2), self.seed)
        return replace(self, sample=self.sample[kept])

    def in_blocks(self) -> list[Context]:
        """The same with each block of the sample; every block has images of all classes, as the sample lies in order of them."""
        count = self.effort.blocks
        return [replace(self, sample=self.sample[i::count], block=(i, count)) for i in range(count)]

    def keep(self, name: str, **arrays: np.ndarray) -> None:
        """Keeps images, by name, as `eight_bits` gives them, for measurements that try them again."""
        np.savez_compressed(self._path(name), **arrays)

    def kept(self, name: str, key: str) -> np.ndarray:
        """What `keep` kept, float32; raises DataError where it was not measured."""
        path = self._path(name)
        if not path.is_file():
            raise DataError(f"{path}: no such file: measure {name} before what uses it (--only)")
        with np.load(path) as raw:
            return raw[key].astype(np.float32) / 255

    def _path(self, name: str) -> Path:
        return self.folder / (f"{name}-{self.block[0] + 1}of{self.block[1]}.npz" if self.block else f"{name}.npz")

    def rng(self) -> np.random.Generator:
        """A fresh generator, the same for every measurement."""
        return np.random.default_rng(self.seed)

    def row(self, answers: np.ndarray, reached: np.ndarray | None = None) -> dict:
        """score.row of answers to the sample, or what stands for it in a block."""
        if self.block:
            return blocks.row(answers, reached)
        return score.row(self.sampled.labels, answers, self.sampled.groups, reached)

    def number(self, count: int) -> int | dict:
        """A count of images of the sample, or what stands for it in a block."""
        return blocks.count(count) if self.block else count


def eight_bits(images: np.ndarray) -> np.ndarray:
    """uint8 of images in [0, 1]."""
    return np.rint(images * 255).astype(np.uint8)


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
