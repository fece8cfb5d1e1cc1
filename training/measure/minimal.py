"""The smallest change in L2 that turns an answer (Carlini & Wagner 2017), and accuracy against its size."""

from __future__ import annotations

import numpy as np

from training.attacks.carlini import carlini_l2
from training.measure import crops, score
from training.measure.context import Context

BUDGETS = (0.25, 0.5, 1.0, 2.0, 4.0)
IMAGES = 20  # of each class
STEPS, SEARCHES, RATE, CONSTANT = 50, 4, 0.01, 1.0


def measure(context: Context) -> dict:
    """Distortions on a part of the sample; rows by budget count an image as turned where its smallest change fits."""
    some = context.sampled.take(crops.stratified(context.sampled.labels, IMAGES, context.seed))
    steps = context.effort.count(STEPS, 5)
    attacked = carlini_l2(
        context.subject.network("alone"), some.images, some.labels, steps=steps, binary_steps=SEARCHES, rate=RATE, initial_const=CONSTANT
    )
    before, after = (context.subject.answers("alone", x) for x in (some.images, attacked))
    right, won = before == some.labels, after != some.labels
    size = np.where(right, np.where(won, np.sqrt(((attacked - some.images) ** 2).sum(axis=(1, 2, 3))), np.inf), 0.0)
    turned = right & won
    return {
        "setting": f"The network alone; {steps} steps of Adam ({RATE}) in each of {SEARCHES} searches of the constant, from {CONSTANT:g}; "
        f"up to {IMAGES} images of each class. L2 over all pixels, each in [0, 1].",
        "images": int(right.sum()),
        "success": round(float(turned.sum() / max(right.sum(), 1)), 4),
        "median_l2": round(float(np.median(size[turned])), 4) if turned.any() else None,
        "rows": [
            {"l2": budget} | score.row(some.labels, np.where(size <= budget, np.where(right, after, before), some.labels), some.groups)
            for budget in BUDGETS
        ],
    }
