"""APGD in the L-infinity ball (Croce & Hein 2020, arXiv:2003.01690): momentum, and a step that halves when progress stalls."""

from __future__ import annotations

import numpy as np

from training.attacks import calls
from training.attacks.losses import Network

MOMENTUM = 0.75
PROGRESS = 0.75  # least share of steps between two checkpoints that must have raised the loss


def apgd(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    eps: float,
    loss: str,
    iterations: int,
    restarts: int,
    seed: int,
    targets: np.ndarray | None = None,
) -> np.ndarray:
    """Images within eps, float32 [n, h, w, 3]: adversarial where one was met, else the highest loss.

    loss: ce, dlr (three-class form) or cw. Only images that still stand go into the next step and restart.
    """
    best, value = images.copy(), np.full(len(images), -np.inf, np.float32)
    open_ = np.arange(len(images))
    for run in range(restarts):
        x, now, won = _run(
            network, images[open_], labels[open_], eps, loss, iterations, np.random.default_rng([seed, run]), calls.take(targets, open_)
        )
        better = won | (now > value[open_])
        best[open_[better]], value[open_[better]] = x[better], now[better]
        open_ = open_[~won]
        if not len(open_):
            break
    return best


def checkpoints(iterations: int) -> list[int]:
    """The steps after which the step size is looked at, the paper's p: 0, 0.22, then ever closer."""
    shares = [0.0, 0.22]
    while shares[-1] < 1:
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
    # Rounded first: 0.57 of 100 is 57, whatever binary fractions make of it.
    return [int(np.ceil(round(p * iterations, 6))) for p in shares if p <= 1]


def _run(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    eps: float,
    loss: str,
    iterations: int,
    rng: np.random.Generator,
    targets: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The best image, its loss and whether it is adversarial, each [n]."""
    count = len(images)
    low, high = np.maximum(images - eps, 0), np.minimum(images + eps, 1)
    x = np.clip(images + eps * rng.uniform(-1, 1, images.shape).astype(np.float32), low, high)
    before, step = x.copy(), np.full(count, 2 * eps, np.float32)
    best, slope, value = x.copy(), np.zeros_like(x), np.full(count, -np.inf, np.float32)
    last, rises = np.full(count, -np.inf, np.float32), np.zeros(count, int)
    value_then, step_then = value.copy(), step.copy()
    won, marks, mark = np.zeros(count, bool), checkpoints(iterations), 0
    for k in range(iterations + 1):
        live = np.flatnonzero(~won)
        if not len(live):
            break
        now, found, here = calls.gradients(network, x[live], labels[live], loss, calls.take(targets, live))
        won[live] = calls.reached(found, labels[live], calls.take(targets, live))
        rises[live] += (now > last[live]) & (k > 0)
        last[live] = now
        better = (now > value[live]) | won[live]
        at = live[better]
        best[at], value[at] = x[at], now[better]
        g = np.empty_like(x)
        g[live] = here
        slope[at] = here[better]
        if k and mark + 1 < len(marks) and k == marks[mark + 1]:
            stalled = rises < PROGRESS * (marks[mark + 1] - marks[mark])
            stalled |= (step == step_then) & (value == value_then)
            step_then, value_then = step.copy(), value.copy()
            step[stalled] /= 2
            back = np.flatnonzero(stalled & ~won)
            x[back], g[back], before[back] = best[back], slope[back], best[back]
            rises[:], mark = 0, mark + 1
        live = live[~won[live]]
        lo, hi, at = low[live], high[live], x[live]
        z = np.clip(at + step[live, None, None, None] * np.sign(g[live]), lo, hi)
        share = MOMENTUM if k else 1.0
        z = np.clip(at + share * (z - at) + (1 - share) * (at - before[live]), lo, hi)
        before[live], x[live] = at, z
    return best, value, won
