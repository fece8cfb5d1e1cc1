"""The 3x3 median before the classifier, with the backward passes that an attacker may choose (BPDA, arXiv:1802.00420).

All take [n, h, w, c] to the same shape, repeat the edge pixels at the borders (as OpenCV and SciPy's `reflect` do) and
differ only in their gradient.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def median3(images: tf.Tensor) -> tf.Tensor:
    """Backward: the exact subgradient, which goes to the one pixel selected as the median."""
    # Padded outside, so that the gradient of a repeated border pixel finds its way back.
    return _median9(tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="SYMMETRIC"))


def median3_identity(images: tf.Tensor) -> tf.Tensor:
    """Backward: as if the median were not there."""
    return _with_gradient_of(median3(images), images)


@tf.custom_gradient
def _with_gradient_of(value: tf.Tensor, stand_in: tf.Tensor) -> tuple[tf.Tensor, Callable]:
    return tf.identity(value), lambda upstream: (tf.zeros_like(upstream), upstream)


def _shifts(padded: tf.Tensor) -> list[tf.Tensor]:
    height, width = tf.shape(padded)[1] - 2, tf.shape(padded)[2] - 2
    return [padded[:, i : i + height, j : j + width, :] for i in range(3) for j in range(3)]


@tf.custom_gradient
def _median9(padded: tf.Tensor) -> tuple[tf.Tensor, Callable]:
    p = _shifts(padded)
    # Median of nine in 19 exchanges: A. W. Paeth, "Median finding on a 3x3 grid", Graphics Gems, 1990.
    for a, b in _EXCHANGES:
        p[a], p[b] = tf.minimum(p[a], p[b]), tf.maximum(p[a], p[b])
    median = p[4]

    def back(upstream: tf.Tensor) -> tf.Tensor:
        total, left = tf.zeros_like(padded), upstream
        for k, shifted in enumerate(_shifts(padded)):
            # Of equal pixels the first takes the whole gradient.
            part = tf.where(shifted == median, left, 0.0)
            left -= part
            i, j = divmod(k, 3)
            total += tf.pad(part, [[0, 0], [i, 2 - i], [j, 2 - j], [0, 0]])
        return total

    return median, back


_EXCHANGES = (
    (1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8),
    (0, 3), (5, 8), (4, 7), (3, 6), (1, 4), (2, 5), (4, 7), (4, 2), (6, 4), (4, 2),
)  # fmt: skip
