"""The network under test: its gradients from Keras, its fast forward passes from the shipped TensorFlow Lite file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from training.attacks import Network, smoothing
from training.defense import squeeze
from training.pack.opening import open_pack

BATCH = 64
VARIANTS = {"alone": "the network alone", "smoothed": "3x3 median, then the network"}


class Lite:
    """The TensorFlow Lite file as numpy logits [n, 3] of float32 images [n, 96, 96, 3], on every core."""

    def __init__(self, path: Path) -> None:
        self._interpreter = Interpreter(str(path), num_threads=os.cpu_count())
        self._entry = self._interpreter.get_input_details()[0]["index"]
        self._exit = self._interpreter.get_output_details()[0]["index"]
        self._batch = 0

    def __call__(self, images: np.ndarray) -> np.ndarray:
        parts = [self._run(images[i : i + BATCH]) for i in range(0, len(images), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, 3), np.float32)

    def _run(self, images: np.ndarray) -> np.ndarray:
        if len(images) != self._batch:
            self._interpreter.resize_tensor_input(self._entry, images.shape)
            self._interpreter.allocate_tensors()
            self._batch = len(images)
        self._interpreter.set_tensor(self._entry, np.ascontiguousarray(images, np.float32))
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._exit).copy()


@dataclass(frozen=True, eq=False)
class Subject:
    """A pack that has been opened and whose files belong together."""

    folder: Path
    manifest: dict
    model: keras.Model

    @cached_property
    def file(self) -> Path:
        """The float32 TensorFlow Lite file."""
        return self.folder / self.manifest["models"]["float32"]

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.file.read_bytes()).hexdigest()

    @cached_property
    def _lite(self) -> Lite:
        return Lite(self.file)

    @cached_property
    def _networks(self) -> dict[str, Network]:
        alone = tf.function(lambda x: self.model(x, training=False), reduce_retracing=True)
        return {
            "alone": alone,
            "smoothed": lambda x: alone(smoothing.median3(x)),
            "smoothed, identity": lambda x: alone(smoothing.median3_identity(x)),
        }

    def network(self, variant: str) -> Network:
        """Differentiable logits of a variant of VARIANTS, or of `smoothed, identity` (attacks.smoothing)."""
        return self._networks[variant]

    def logits(self, variant: str) -> Callable[[np.ndarray], np.ndarray]:
        """Logits of numpy images by the shipped file, without gradients."""
        return self._lite if variant == "alone" else lambda x: self._lite(squeeze.median(x))

    def answers(self, variant: str, images: np.ndarray) -> np.ndarray:
        """Class index [n]."""
        return self.logits(variant)(images).argmax(axis=1)

    def describe(self) -> dict:
        """What a report says of the pack."""
        return {
            "name": self.manifest["name"],
            "version": self.manifest["version"],
            "sha256": self.sha256,
            "parameters": int(self.model.count_params()),
        }


def open_subject(folder: Path) -> Subject:
    """Opens a pack; raises manifest.PackError when its manifest and files disagree."""
    model, manifest = open_pack(folder)
    return Subject(folder, manifest, model)
