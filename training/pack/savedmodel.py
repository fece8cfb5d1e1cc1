"""The network as a TensorFlow SavedModel for attacks in any language: its logits, and gradients for any loss on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from training.net.model import CLASSES, SIZE

IMAGES = tf.TensorSpec([None, SIZE, SIZE, 3], tf.float32, name="image")


class Network(tf.Module):
    """Plain variables and two concrete functions; nothing of Keras is needed to load them."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__(name="maskwarden")
        self.fixed = [tf.Variable(v.numpy(), trainable=False) for v in model.trainable_variables]
        self.other = [tf.Variable(v.numpy(), trainable=False) for v in model.non_trainable_variables]
        self._call = model.stateless_call

    def _logits(self, image: tf.Tensor) -> tf.Tensor:
        fixed, other = ([tf.convert_to_tensor(v) for v in part] for part in (self.fixed, self.other))
        return self._call(fixed, other, image, training=False)[0]

    @tf.function(input_signature=[IMAGES])
    def serving_default(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """Logits [n, 3] of float32 RGB images [n, 96, 96, 3] in [0, 1]."""
        return {"logits": self._logits(image)}

    @tf.function(
        input_signature=[
            tf.TensorSpec(IMAGES.shape, tf.float32, name="x"),
            tf.TensorSpec([None, len(CLASSES)], tf.float32, name="cotangent"),
        ]
    )
    def vjp(self, x: tf.Tensor, cotangent: tf.Tensor) -> dict[str, tf.Tensor]:
        """Vector-Jacobian product: sum over classes of cotangent [n, 3] times d logits / d x, the shape of x [n, 96, 96, 3]."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            logits = self._logits(x)
        return {"gradient": tape.gradient(logits, x, output_gradients=cotangent)}


def save(model: keras.Model, folder: Path) -> None:
    """Writes the SavedModel with the signatures serving_default(image) -> logits and vjp(x, cotangent) -> gradient."""
    network = Network(model)
    signatures = {name: getattr(network, name).get_concrete_function() for name in ("serving_default", "vjp")}
    tf.saved_model.save(network, str(folder), signatures=signatures)


def load(folder: Path) -> dict[str, Callable]:
    """The signatures of a SavedModel, each a function of keyword tensors that returns a dict of tensors."""
    loaded = tf.saved_model.load(str(folder))
    signatures = dict(loaded.signatures)
    for function in signatures.values():
        function.owner = loaded  # the variables live as long as what they are loaded from
    return signatures
