"""The network of net/model.py in JAX: the same layers by the same names, so that weights go both ways."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from training.defense.masking import FILL
from training.net.light import LEAST, MEAN, MOST, SHARP, SPREAD
from training.net.model import BLOCKS, EARLY, STEM, Architecture

Weights = dict[str, tuple[jax.Array, jax.Array]]  # kernel and bias by the name of the layer
CONV = ("NHWC", "HWIO", "NHWC")


def logits(weights: Weights, images: jax.Array, arch: Architecture, dropout: jax.Array | None = None) -> jax.Array:
    """float32 RGB [n, 96, 96, 3] in [0, 1] to logits [n, 3]; dropout: a key in training, else nothing is dropped."""
    x = normalize(images) if arch.light else images
    x = jax.nn.relu(_conv(weights["stem_far"], x, 4))
    x = jax.nn.relu(_conv(weights["stem_near"], x, 1))
    x = _point(weights[STEM], x)
    for number in range(EARLY, arch.blocks):
        x = _block(weights, x, number)
    y = jnp.clip(_point(weights["squeeze"], x), 0, 6)
    if dropout is not None:
        kept = jax.random.bernoulli(dropout, 1 - arch.dropout, y.shape)
        y = jnp.where(kept, y / (1 - arch.dropout), 0)
    kernel, bias = weights["head"]
    return jnp.einsum("nhwc,hwcd->nd", y, kernel) + bias


def normalize(image: jax.Array) -> jax.Array:
    """net/light.py's, of JAX's operations."""
    seen = jnp.minimum(jnp.max(jnp.abs(image - FILL), axis=3, keepdims=True) * SHARP, 1.0)
    count = jnp.maximum(jnp.sum(seen, axis=(1, 2), keepdims=True), 1.0)
    mean = jnp.mean(jnp.sum(image * seen, axis=(1, 2), keepdims=True) / count, axis=3, keepdims=True)
    apart = image - mean
    variance = jnp.mean(jnp.sum(jnp.square(apart) * seen, axis=(1, 2), keepdims=True) / count, axis=3, keepdims=True)
    gain = jnp.clip(SPREAD * jax.lax.rsqrt(variance + 1e-6), LEAST, MOST)
    return FILL + seen * (apart * gain + (MEAN - FILL))


def _block(weights: Weights, x: jax.Array, number: int) -> jax.Array:
    stride = BLOCKS[number][2]
    y = jax.nn.relu(_point(weights[f"b{number}_expand"], x))
    y = jax.nn.relu(_depthwise(weights[f"b{number}_depth"], y, stride))
    y = _point(weights[f"b{number}_project"], y)
    return x + y if stride == 1 and x.shape[-1] == y.shape[-1] else y


def _conv(layer: tuple, x: jax.Array, stride: int) -> jax.Array:
    return jax.lax.conv_general_dilated(x, layer[0], (stride, stride), "SAME", dimension_numbers=CONV) + layer[1]


def _point(layer: tuple, x: jax.Array) -> jax.Array:
    return jnp.einsum("nhwc,cd->nhwd", x, layer[0][0, 0]) + layer[1]


def _depthwise(layer: tuple, x: jax.Array, stride: int) -> jax.Array:
    """3x3 as nine shifted products, which the compiler makes one loop of; a grouped convolution took several times as long."""
    kernel, (_, height, width, _) = layer[0], x.shape
    x = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    parts = [x[:, row : row + height : stride, col : col + width : stride] * kernel[row, col, :, 0] for row in range(3) for col in range(3)]
    return sum(parts[1:], parts[0]) + layer[1]
