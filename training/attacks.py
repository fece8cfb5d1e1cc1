"""White-box L-infinity attacks on logits: FGSM (arXiv:1412.6572) and PGD (arXiv:1706.06083)."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

Network = Callable[[tf.Tensor], tf.Tensor]


def loss(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Cross-entropy per image [n] of logits [n, classes] and int labels [n]."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def gradient(network: Network, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """d loss / d images, the shape of images [n, h, w, 3]."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        value = tf.reduce_sum(loss(network(images), labels))
    return tape.gradient(value, images)


def fgsm(network: Network, images: tf.Tensor, labels: tf.Tensor, eps: tf.Tensor) -> tf.Tensor:
    """One signed step of eps; images and result in [0, 1]."""
    return tf.clip_by_value(images + eps * tf.sign(gradient(network, images, labels)), 0.0, 1.0)


def pgd(
    network: Network,
    images: tf.Tensor,
    labels: tf.Tensor,
    eps: tf.Tensor,
    step: tf.Tensor,
    iterations: int,
    seed: tf.Tensor,
) -> tf.Tensor:
    """Projected gradient ascent from a uniform random start.

    images: float32 [n, h, w, 3] in [0, 1]; eps and step in the same unit; seed: int32 [2].
    Returns images within eps of the given ones and within [0, 1].
    """
    low = tf.maximum(images - eps, 0.0)
    high = tf.minimum(images + eps, 1.0)
    noise = tf.random.stateless_uniform(tf.shape(images), seed, -1.0, 1.0)
    x = tf.clip_by_value(images + eps * noise, low, high)
    for _ in tf.range(iterations):
        x = tf.clip_by_value(x + step * tf.sign(gradient(network, x, labels)), low, high)
    return tf.stop_gradient(x)


def median3(images: tf.Tensor) -> tf.Tensor:
    """Median over 3x3 per channel with edge-repeating borders, [n, h, w, c] to the same shape.

    The backward pass is the exact subgradient: it goes to the one pixel selected as the median.
    """
    # Padded outside, so that the gradient of a repeated border pixel finds its way back.
    return _median9(tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="SYMMETRIC"))


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
