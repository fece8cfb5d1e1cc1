"""Writes a SavedModel without any nonlinearity: linear.py FOLDER. Its logits are the sums of a picture's red, green and blue values."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

IMAGES = tf.TensorSpec([None, 96, 96, 3], tf.float32)


class Linear(tf.Module):
    """The signatures of a pack's SavedModel, on one plain variable."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = tf.Variable(1.0)

    @tf.function(input_signature=[IMAGES])
    def serving_default(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """Logits [n, 3] of images [n, 96, 96, 3]."""
        return {"logits": self.weight * tf.reduce_sum(image, axis=[1, 2])}

    @tf.function(input_signature=[IMAGES, tf.TensorSpec([None, 3], tf.float32)])
    def vjp(self, x: tf.Tensor, cotangent: tf.Tensor) -> dict[str, tf.Tensor]:
        """The sum over classes of cotangent [n, 3] times d logits / d x, the shape of x."""
        return {"gradient": self.weight * tf.ones_like(x) * cotangent[:, None, None, :]}


def main(folder: str) -> None:
    """Writes the folder."""
    network = Linear()
    signatures = {name: getattr(network, name).get_concrete_function() for name in ("serving_default", "vjp")}
    tf.saved_model.save(network, folder, signatures=signatures)


if __name__ == "__main__":
    main(sys.argv[1])
