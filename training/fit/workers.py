"""One run on several machines, by TensorFlow's MultiWorkerMirroredStrategy: TF_CONFIG names them, and which of them this is.

Every worker reads its share of the people and makes its share of each batch. Gradients are averaged, so all hold the same network.
The first worker writes: the work folder must be one that all of them see, as the others restore from it.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from training.fit.settings import Settings, SettingsError

STRIDE = 7919  # between the seeds of two workers


@dataclass(frozen=True)
class Workers:
    """index of this worker, of count; strategy: what joins them."""

    index: int
    count: int
    strategy: tf.distribute.Strategy

    @property
    def first(self) -> bool:
        """Whether this worker writes."""
        return self.index == 0

    def local(self, settings: Settings) -> Settings:
        """The settings of this worker's share of each batch; raises SettingsError where the batch cannot be shared."""
        if settings.batch % self.count:
            raise SettingsError(f"batch={settings.batch} cannot be shared by {self.count} workers; give --set batch= a multiple of it")
        return replace(settings, batch=settings.batch // self.count, seed=settings.seed + STRIDE * self.index)

    def folder(self, work: Path) -> Path:
        """Where this worker keeps its crops and landmarks."""
        return work / f"worker-{self.index + 1}of{self.count}"

    def mean(self, value: float) -> float:
        """The mean over all workers, the same on each."""
        return float(self._reduced(np.float64(value))) / self.count

    def of_first(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """The arrays of the first worker, on each."""
        return [self._reduced(array if self.first else np.zeros_like(array)).numpy() for array in arrays]

    def _reduced(self, value: np.ndarray) -> tf.Tensor:
        def together(x: tf.Tensor) -> tf.Tensor:
            # An argument lies on no device yet, which all_reduce asks for.
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(x))

        run = tf.function(lambda x: self.strategy.run(together, (x,)))
        return self.strategy.experimental_local_results(run(tf.constant(value)))[0]


def from_environment() -> Workers | None:
    """The workers that TF_CONFIG names, or None for one alone. To be called before anything else of TensorFlow.

    Raises SettingsError for a TF_CONFIG that is none.
    """
    text = os.environ.get("TF_CONFIG", "")
    if not text:
        return None
    try:
        found = json.loads(text)
        count, task = len(found["cluster"]["worker"]), found["task"]
        index = int(task["index"])
        if task["type"] != "worker" or not 0 <= index < count:
            raise ValueError(f"task {task} is none of {count} workers")
    except (ValueError, KeyError, TypeError) as err:
        raise SettingsError(
            f'TF_CONFIG: {err}; want {{"cluster": {{"worker": ["host:port", …]}}, "task": {{"type": "worker", "index": 0}}}}'
        ) from err
    return Workers(index, count, tf.distribute.MultiWorkerMirroredStrategy()) if count > 1 else None


def share(group: str, index: int, count: int) -> bool:
    """Whether a group of crops is one of worker `index`'s: all crops of a person are with one worker, on any machine."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % count == index
