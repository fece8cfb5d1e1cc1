"""FGSM (arXiv:1412.6572), BIM (arXiv:1607.02533) and PGD (arXiv:1706.06083) in the L-infinity ball.

All are graph code of float32 images [n, h, w, 3] in [0, 1] and int labels [n]; eps and step have the images' unit. With
targets [n] they descend the targets' cross-entropy instead of raising that of the labels. Results stay within eps and [0, 1].
"""

from __future__ import annotations

import tensorflow as tf

from training.attacks.losses import Network, gradient, loss


def fgsm(network: Network, images: tf.Tensor, labels: tf.Tensor, eps: tf.Tensor, targets: tf.Tensor | None = None) -> tf.Tensor:
    """One signed step of eps."""
    return tf.clip_by_value(images + eps * _signed_gradient(network, images, labels, targets), 0.0, 1.0)


def bim(
    network: Network,
    images: tf.Tensor,
    labels: tf.Tensor,
    eps: tf.Tensor,
    step: tf.Tensor,
    iterations: int,
    targets: tf.Tensor | None = None,
) -> tf.Tensor:
    """Signed steps from the images themselves, each projected back to the ball."""
    return _gradient_steps(network, images, images, labels, eps, step, iterations, targets)


def pgd(
    network: Network,
    images: tf.Tensor,
    labels: tf.Tensor,
    eps: tf.Tensor,
    step: tf.Tensor,
    iterations: int,
    seed: tf.Tensor,
    targets: tf.Tensor | None = None,
    decay: float = 1.0,
) -> tf.Tensor:
    """The same from a uniform random start; seed: int32 [2]. Each step is `decay` times as long as the one before."""
    noise = tf.random.stateless_uniform(tf.shape(images), seed, -1.0, 1.0)
    return _gradient_steps(network, images + eps * noise, images, labels, eps, step, iterations, targets, decay)


def pgd_restarts(
    network: Network,
    images: tf.Tensor,
    labels: tf.Tensor,
    eps: tf.Tensor,
    step: tf.Tensor,
    iterations: int,
    seed: tf.Tensor,
    restarts: int,
    targets: tf.Tensor | None = None,
) -> tf.Tensor:
    """The best by loss of several PGD runs for each image, whose seeds are [seed[0] + run, seed[1]]."""
    best, value = images, tf.fill([tf.shape(images)[0]], images.dtype.min)
    for run in range(restarts):
        x = pgd(network, images, labels, eps, step, iterations, seed + tf.constant([run, 0], tf.int32), targets)
        now = loss(network(x), labels) if targets is None else -loss(network(x), targets)
        best = tf.where((now > value)[:, None, None, None], x, best)
        value = tf.maximum(now, value)
    return best


def _signed_gradient(network: Network, images: tf.Tensor, labels: tf.Tensor, targets: tf.Tensor | None) -> tf.Tensor:
    if targets is None:
        return tf.sign(gradient(network, images, labels))
    return -tf.sign(gradient(network, images, targets))


def _gradient_steps(
    network: Network,
    start: tf.Tensor,
    images: tf.Tensor,
    labels: tf.Tensor,
    eps: tf.Tensor,
    step: tf.Tensor,
    iterations: int,
    targets: tf.Tensor | None,
    decay: float = 1.0,
) -> tf.Tensor:
    low = tf.maximum(images - eps, 0.0)
    high = tf.minimum(images + eps, 1.0)
    x = tf.clip_by_value(start, low, high)
    step = tf.convert_to_tensor(step, tf.float32)
    for _ in tf.range(iterations):
        x = tf.clip_by_value(x + step * _signed_gradient(network, x, labels, targets), low, high)
        step *= decay
    return tf.stop_gradient(x)
