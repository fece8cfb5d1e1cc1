"""Batches for training: balanced over classes and sources, augmented in threads, the same for the same seed."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from training.data import STORED, Rows, Split
from training.draw.augment import augment
from training.draw.masks import INCORRECT, WEIGHTS, draw
from training.draw.occlude import KINDS, occlude
from training.draw.tone import darken
from training.fit.settings import Settings
from training.net.model import CLASSES, SIZE


@dataclass(frozen=True)
class Pool:
    """The images of one class and the chance of each to be drawn."""

    images: Rows
    chances: np.ndarray


def chances(sources: list[str], groups: list[str], weights: dict[str, float]) -> np.ndarray:
    """Chance of each image [n], summing to 1.

    A source counts by the square root of its groups (times its weight), an image by the inverse square root
    of its group's size: 500 frames of one person do not outweigh 500 people.
    """
    size = Counter(zip(sources, groups, strict=True))
    kinds = Counter(source for source, _ in size)
    each = np.array([size[s, g] ** -0.5 for s, g in zip(sources, groups, strict=True)])
    total: Counter[str] = Counter()
    for source, value in zip(sources, each, strict=True):
        total[source] += value
    share = np.array([weights.get(s, 1.0) * kinds[s] ** 0.5 / total[s] for s in sources]) * each
    return share / share.sum()


class Batches:
    """Makes batches by number; `unmasked` and `points` are the unmasked faces and landmarks that masks and hands are drawn on."""

    def __init__(self, train: Split, pasted: Split | None, points: np.ndarray, settings: Settings) -> None:
        self.settings = settings
        self.pools = []
        for label in range(len(CLASSES)):
            images, sources, groups = _of(train, label)
            weights = {}
            if pasted is not None and settings.pasted > 0 and (pasted.labels == label).any():
                more, kinds, ties = _of(pasted, label)
                images, sources, groups = images + more, sources + kinds, groups + ties
                weights = dict.fromkeys(kinds, settings.pasted)
            self.pools.append(Pool(images, chances(sources, groups, weights)))
        seen = ~np.isnan(points).any(axis=(1, 2))
        unmasked = CLASSES.index("none")
        odds = self.pools[unmasked].chances[: len(points)][seen]
        where = np.flatnonzero(train.labels == unmasked)
        self.unmasked = Pool(Rows(train.images, where[seen]), odds / odds.sum())
        self.points = points[seen]

    def make(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch `number`: float32 [n, 96, 96, 3] in [0, 1] and int32 labels [n]."""
        rng = np.random.default_rng([self.settings.seed, number])
        count = self.settings.batch
        labels = rng.permutation(np.arange(count) % len(CLASSES))
        # Where the count is no multiple of the classes, the extra ones rotate.
        labels = ((labels + number) % len(CLASSES)).astype(np.int32)
        images = np.empty((count, SIZE, SIZE, 3), np.float32)
        for i, label in enumerate(labels):
            images[i] = augment(self._sample(int(label), rng), rng).astype(np.float32) / 255
        return images, labels

    def _sample(self, label: int, rng: np.random.Generator) -> np.ndarray:
        s, name = self.settings, CLASSES[label]
        if len(self.points) and rng.random() < s.drawn[label]:
            image, points = self._unmasked(rng)
            state = "correct" if name == "correct" else str(rng.choice(INCORRECT, p=list(WEIGHTS.values())))
            return draw(image, points, state, rng, self._unmasked(rng) if rng.random() < s.printed else None)
        if len(self.points) and name == "none" and rng.random() < s.occluded + s.unmasked:
            image, points = self._unmasked(rng)
            hidden = rng.random() < s.occluded / (s.occluded + s.unmasked)
            return occlude(image, points, str(rng.choice(list(KINDS))), rng) if hidden else image
        pool = self.pools[label]
        return pool.images[int(rng.choice(len(pool.images), p=pool.chances))]

    def _unmasked(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """An unmasked face, its skin darkened or not, and its landmarks [5, 2] in pixels."""
        i = int(rng.choice(len(self.points), p=self.unmasked.chances))
        image, points = self.unmasked.images[i], self.points[i] * STORED
        return (darken(image, points, rng) if rng.random() < self.settings.toned else image), points

    def run(self, first: int, last: int, threads: int = 2) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Batches first..last-1 in order, a few made ahead."""
        with ThreadPoolExecutor(threads) as workers:
            ahead: deque = deque()
            for number in range(first, last):
                ahead.append(workers.submit(self.make, number))
                if len(ahead) > 2 * threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()


def _of(split: Split, label: int) -> tuple[Rows, list[str], list[str]]:
    where = np.flatnonzero(split.labels == label)
    return Rows(split.images, where), [split.sources[i] for i in where], [split.groups[i] for i in where]
