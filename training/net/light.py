"""Takes the light of the room out of a picture, inside the network, so that every runtime and every attack sees it."""

from __future__ import annotations

import keras

from training.defense.masking import FILL

MEAN, SPREAD = 0.46, 0.22  # of the pixels that a picture is brought to: those of the training crops, on average
LEAST, MOST = 0.5, 10.0  # gains: a flat picture is no more than noise, however far it is stretched
SHARP = 1024.0  # a pixel within 1/1024 of FILL in every channel is masked; the next level of 8 bits is four times as far


def normalize(image):
    """Pictures [n, h, w, 3] in [0, 1] with mean MEAN and standard deviation SPREAD; not clipped.

    What PatchCleanser's masks hide is neither counted nor changed: a view behind a mask is the normalized picture behind it,
    and nothing hidden leaks into the rest. Of operations that TensorFlow Lite's delegates know, and differentiable.
    """
    ops = keras.ops
    seen = ops.minimum(ops.max(ops.abs(image - FILL), axis=3, keepdims=True) * SHARP, 1.0)
    count = ops.maximum(ops.sum(seen, axis=(1, 2), keepdims=True), 1.0)
    mean = ops.mean(ops.sum(image * seen, axis=(1, 2), keepdims=True) / count, axis=3, keepdims=True)
    apart = image - mean
    variance = ops.mean(ops.sum(ops.square(apart) * seen, axis=(1, 2), keepdims=True) / count, axis=3, keepdims=True)
    gain = ops.minimum(ops.maximum(SPREAD * ops.rsqrt(variance + 1e-6), LEAST), MOST)
    return FILL + seen * (apart * gain + (MEAN - FILL))


def normalizes(model: keras.Model) -> bool:
    """Whether normalize is part of a network: nothing else in it takes a root. A Sequential model has layers only."""
    return any(operation.name.startswith("rsqrt") for operation in getattr(model, "operations", model.layers))
