"""Carlini & Wagner's L2 attack (arXiv:1608.04644): Adam in tanh space, the constant found by binary search."""

from __future__ import annotations

import numpy as np

from training.attacks import calls
from training.attacks.losses import Network


def carlini_l2(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    confidence: float = 0.0,
    steps: int = 1000,
    binary_steps: int = 9,
    rate: float = 0.01,
    initial_const: float = 0.01,
    targets: np.ndarray | None = None,
) -> np.ndarray:
    """The adversarial images of smallest L2 distance met, float32 [n, h, w, 3]; an image without any comes back unchanged.

    confidence: margin between logits that counts as adversarial. rate is Adam's. steps are those for each of the
    binary_steps constants; an image whose loss fell by less than 0.01 % in a tenth of them gets no more.
    """
    count = len(images)
    best, distance = images.copy(), np.full(count, np.inf, np.float32)
    const, low, high = np.full(count, initial_const, np.float32), np.zeros(count, np.float32), np.full(count, np.inf, np.float32)
    for _ in range(binary_steps):
        hit = _descend(network, images, labels, targets, confidence, steps, rate, const, best, distance)
        high, low = np.where(hit, np.minimum(high, const), high), np.where(hit, low, np.maximum(low, const))
        const = np.where(np.isfinite(high), (low + high) / 2, const * 10).astype(np.float32)
    return best


def _descend(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    targets: np.ndarray | None,
    confidence: float,
    steps: int,
    rate: float,
    const: np.ndarray,
    best: np.ndarray,
    distance: np.ndarray,
) -> np.ndarray:
    """Runs Adam for one constant each; betters best and distance in place and returns which images were broken, bool [n]."""
    w = np.arctanh((images * 2 - 1) * 0.999999).astype(np.float32)
    mean, square = np.zeros_like(w), np.zeros_like(w)
    hit, live = np.zeros(len(images), bool), np.arange(len(images))
    earlier = np.full(len(images), np.inf, np.float32)
    check = max(steps // 10, 1)
    for k in range(1, steps + 1):
        t = np.tanh(w[live])
        x = (t + 1) / 2
        value, found, slope = calls.gradients(network, x, labels[live], "cw", calls.take(targets, live))
        change = x - images[live]
        l2 = np.sqrt((change**2).sum((1, 2, 3)))
        adversarial = (value > confidence) | (calls.reached(found, labels[live], calls.take(targets, live)) & (value >= confidence))
        hit[live] |= adversarial
        nearer = adversarial & (l2 < distance[live])
        best[live[nearer]], distance[live[nearer]] = x[nearer], l2[nearer]
        # The objective is maximized, so the paper's f is max(confidence - value, 0).
        pull = np.where(value < confidence, const[live], 0)[:, None, None, None]
        gradient = (2 * change - pull * slope) * (1 - t**2) / 2
        mean[live] = 0.9 * mean[live] + 0.1 * gradient
        square[live] = 0.999 * square[live] + 0.001 * gradient**2
        w[live] -= rate * (mean[live] / (1 - 0.9**k)) / (np.sqrt(square[live] / (1 - 0.999**k)) + 1e-8)
        if k % check == 0:
            total = l2**2 + const[live] * np.maximum(confidence - value, 0)
            going = total <= 0.9999 * earlier[live]
            earlier[live] = total
            live = live[going]
            if not len(live):
                break
    return hit
