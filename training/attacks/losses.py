"""What an attack maximizes: figures of the logits per image, and their gradient at the images."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

Network = Callable[[tf.Tensor], tf.Tensor]
Objective = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


def loss(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Cross-entropy per image [n] of logits [n, classes] and int labels [n]."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def gradient(network: Network, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """d loss / d images, the shape of images [n, h, w, 3]."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        value = tf.reduce_sum(loss(network(images), labels))
    return tape.gradient(value, images)


def margin(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Best other logit less that of the label, [n]: above 0 where the label is lost (Carlini & Wagner 2017, f6)."""
    own, other = _own_and_best_other(logits, labels)
    return other - own


def dlr(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Difference of logits ratio per image [n] (Croce & Hein 2020, eq. 6): the margin over first less third logit."""
    ordered = tf.sort(logits, axis=1, direction="DESCENDING")
    return margin(logits, labels) / (ordered[:, 0] - ordered[:, 2] + 1e-12)


def dlr_targeted(logits: tf.Tensor, labels: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """The ratio toward a target, [n], over the first logit less the mean of the other two.

    The paper's denominator needs four classes; that of `dlr` would leave -1 and no gradient where the target comes last.
    """
    ordered = tf.sort(logits, axis=1, direction="DESCENDING")
    return toward(logits, labels, targets) / (ordered[:, 0] - (ordered[:, 1] + ordered[:, 2]) / 2 + 1e-12)


def toward(logits: tf.Tensor, labels: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Target's logit less the label's, [n]: 0 on the border between the two classes."""
    return tf.gather(logits, targets, batch_dims=1) - tf.gather(logits, labels, batch_dims=1)


def objective(name: str, targeted: bool) -> Objective:
    """The function of (logits, labels, targets) to maximize; name is ce, cw, dlr or, targeted only, toward.

    Untargeted ones ignore targets. Raises KeyError for other names.
    """
    if targeted:
        return {
            "ce": lambda z, y, t: -loss(z, t),
            "cw": lambda z, y, t: -margin(z, t),
            "dlr": dlr_targeted,
            "toward": toward,
        }[name]
    return {"ce": lambda z, y, t: loss(z, y), "cw": lambda z, y, t: margin(z, y), "dlr": lambda z, y, t: dlr(z, y)}[name]


def _own_and_best_other(logits: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    own = tf.one_hot(labels, logits.shape[-1], on_value=True, off_value=False, dtype=tf.bool)
    other = tf.reduce_max(tf.where(own, logits.dtype.min, logits), axis=1)
    return tf.gather(logits, labels, batch_dims=1), other
