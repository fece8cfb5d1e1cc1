"""Evens out the ranges of a network's channels, so that one int8 scale suits them all; the function stays the same."""

from __future__ import annotations

from itertools import pairwise

import keras
import numpy as np

FLOOR = 1e-3  # of a layer's largest range: channels below it are dead and scaled no further


def equalized(model: keras.Model, images: np.ndarray) -> keras.Model:
    """A copy of the network (see model.build) whose channels behind each ReLU have even ranges on float32 images [n, 96, 96, 3].

    A ReLU lets a positive factor through, so what one layer's output channel is divided by, the next layer's input is multiplied
    by: cross-layer equalization (Nagel et al. 2019, arXiv:1906.04721), with measured activations, since weights are quantized
    per output channel already.
    """
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    pairs = _pairs(model)
    probe = keras.Model(model.input, [model.get_layer(first).output for first, _ in pairs])
    for (first, second), values in zip(pairs, probe(images, training=False), strict=True):
        _scale(copy.get_layer(first), copy.get_layer(second), np.asarray(values).max(axis=(0, 1, 2)))
    return copy


def _pairs(model: keras.Model) -> list[tuple[str, str]]:
    """Names of convolutions that follow each other with nothing but a ReLU (one without a bound) and padding between them."""
    layers = [x for x in model.layers if isinstance(x, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D))]
    return [(a.name, b.name) for a, b in pairwise(layers) if a.activation is keras.activations.relu]


def _scale(first: keras.Layer, second: keras.Layer, ranges: np.ndarray) -> None:
    ranges = np.maximum(ranges, max(FLOOR * ranges.max(), 1e-12))
    after, shift = second.get_weights()
    if isinstance(second, keras.layers.DepthwiseConv2D):
        factor = ranges / ranges.max()  # a depthwise weight has a scale for each channel: it takes all of it
    else:
        weights = np.abs(after).max(axis=(0, 1, 3))
        factor = np.sqrt(ranges / np.maximum(weights, max(FLOOR * weights.max(), 1e-12)))
    kernel, bias = first.get_weights()
    # Output channels are the last axis of a kernel, but the one before it of a depthwise one.
    kernel = kernel / (factor[:, None] if isinstance(first, keras.layers.DepthwiseConv2D) else factor)
    first.set_weights([kernel, bias / factor])
    second.set_weights([after * factor[:, None], shift])
