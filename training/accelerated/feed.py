"""Batches made by many processes into shared memory, and taken from there faster than they are made."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import time

import cv2
import numpy as np

from training.fit.batches import Batches
from training.net.model import SIZE

BLOCKS = 512  # batches held; each is replaced in turn
LEAST = 32  # batches before the first is given


class Feed:
    """A store of the last BLOCKS batches; workers go on replacing them until close."""

    def __init__(self, batches: Batches, workers: int) -> None:
        count, self.size = BLOCKS, batches.settings.batch
        self._memory = [mmap.mmap(-1, n) for n in (count * self.size * SIZE * SIZE * 3, count * self.size * 4, count * 8)]
        self.images, self.labels, self.made = self._views()
        self.made[:] = 0
        context = multiprocessing.get_context("fork")  # the crops are shared, not copied
        self._workers = [context.Process(target=self._work, args=(batches, k, workers), daemon=True) for k in range(workers)]
        for worker in self._workers:
            worker.start()

    def _views(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        images, labels, made = self._memory
        return (
            np.ndarray((BLOCKS, self.size, SIZE, SIZE, 3), np.uint8, images),
            np.ndarray((BLOCKS, self.size), np.int32, labels),
            np.ndarray((BLOCKS,), np.int64, made),
        )

    def _work(self, batches: Batches, first: int, step: int) -> None:
        cv2.setNumThreads(1)  # else each process has as many threads as there are cores
        os.nice(10)  # what compiles and feeds the device goes first
        number = first
        while True:
            images, labels = batches.make(number)
            block = number % BLOCKS
            self.made[block] = -abs(self.made[block])  # not to be read while it changes
            self.images[block] = np.rint(images * 255).astype(np.uint8)
            self.labels[block] = labels
            self.made[block] = abs(self.made[block]) + 1
            number += step

    def total(self) -> int:
        """Batches made so far."""
        return int(np.abs(self.made).sum())

    def take(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """uint8 [count * size, 96, 96, 3] and labels of that many random batches, in a random order of images."""
        while (ready := np.flatnonzero(self.made > 0)).size < LEAST:
            time.sleep(0.05)
        pick = rng.choice(ready, count, replace=False)
        images, labels = self.images[pick].reshape(-1, SIZE, SIZE, 3), self.labels[pick].reshape(-1)
        order = rng.permutation(len(labels))
        return images[order], labels[order]

    def close(self) -> None:
        """Ends the workers."""
        for worker in self._workers:
            worker.terminate()
            worker.join()
