"""Light and the fifteen kinds of ImageNet-C on all of test, behind the smoothing, as a camera has it."""

from __future__ import annotations

import numpy as np

from training.corrupt.kinds import KINDS, STRENGTHS, as_bytes, corrupt
from training.corrupt.light import ladder
from training.measure import score
from training.measure.context import Context

VARIANT = "smoothed"


def light(context: Context) -> dict:
    """A row for each rung of the ladder, the unchanged picture first."""
    test = context.test
    answers = {name: context.subject.answers(VARIANT, as_bytes(change(test.images))) for name, change in ladder().items()}
    return {name: score.row(test.labels, found, test.groups) for name, found in answers.items()}


def measure(context: Context) -> dict:
    """For each kind a row for each strength, and one over all five; the same for all kinds together.

    A row over several has the mean of their recalls: each holds every image once. Its groups keep those of one image together.
    """
    test = context.test
    answers = {
        (kind, strength): context.subject.answers(VARIANT, corrupt(kind, test.images, strength, context.seed))
        for kind in KINDS
        for strength in STRENGTHS
    }

    def row(kinds: list[str], strengths: tuple[int, ...]) -> dict:
        found = [answers[kind, strength] for kind in kinds for strength in strengths]
        count = len(found)
        pooled = score.row(np.tile(test.labels, count), np.concatenate(found), np.tile(test.groups, count))
        del pooled["accuracy"], pooled["accuracy_interval95"], pooled["confusion"]  # of some kilobytes, and nobody asks
        return pooled | {"images": len(test)}

    def rows(kinds: list[str]) -> dict:
        return {"strengths": [row(kinds, (s,)) for s in STRENGTHS], "mean": row(kinds, STRENGTHS)}

    return {"kinds": {kind: rows([kind]) for kind in KINDS}, "all": rows(list(KINDS))}


def error(base: dict, robust: dict) -> float | None:
    """The corruption error of one network by another's: errors summed over the strengths, divided; None where the other makes none.

    base, robust: the `mean` of a kind. The paper divides by AlexNet's; error is 1 - balanced accuracy here.
    """
    wrong = 1 - base["balanced_accuracy"]
    return (1 - robust["balanced_accuracy"]) / wrong if wrong else None


def mean_error(base: dict, robust: dict) -> float | None:
    """The paper's mCE of `measure` of two networks: the mean of the kinds' corruption errors."""
    found = [error(base["kinds"][kind]["mean"], rows["mean"]) for kind, rows in robust["kinds"].items()]
    known = [value for value in found if value is not None]
    return sum(known) / len(known) if known else None
