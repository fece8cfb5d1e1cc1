"""Patches without a purpose and natural corruptions, on all of test: what is lost there is no attack's merit."""

from __future__ import annotations

from training.measure import corruption, score
from training.measure.context import Context, side
from training.measure.subject import VARIANTS


def measure(context: Context) -> dict:
    """A row for each control and variant."""
    areas = {area: side(area) for area in (0.02, 0.05, 0.10)}
    found: dict = {variant: {} for variant in VARIANTS}
    for name, change in corruption.controls(areas).items():
        images = change(context.test.images, context.rng())
        for variant in VARIANTS:
            answers = context.subject.answers(variant, images)
            found[variant][name] = score.row(context.test.labels, answers, context.test.groups)
    return found
