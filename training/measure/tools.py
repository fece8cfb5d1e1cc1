"""Our FGSM, PGD and C&W beside those of ART and Foolbox, on crops of `val`."""

from __future__ import annotations

from training import crosscheck
from training.measure import crops
from training.measure.context import Context

EACH = 40  # crops of each class


def measure(context: Context) -> dict:
    """crosscheck.compare of the network alone."""
    kept = crops.stratified(context.val.labels, min(EACH, 2 * context.effort.sample), context.seed)
    chosen = context.val.take(kept)
    few = min(crosscheck.CARLINI_IMAGES, context.effort.sample)
    # The small runs of the tests need no minimum: they see only that the three run.
    steps = crosscheck.STEPS if context.effort.factor > 0.1 else 2
    return crosscheck.compare(context.subject.network("alone"), chosen.images, chosen.labels, context.seed, few, steps)
