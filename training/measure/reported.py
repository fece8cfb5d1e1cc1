"""What the camera reports: the safer of the answer to the picture and of double masking's, behind the smoothing."""

from __future__ import annotations

import numpy as np

from training.defense import certify, masking
from training.measure import patches, score
from training.measure.context import Context, side
from training.measure.reached import Reached
from training.measure.score import CORRECT
from training.net.model import CLASSES, SIZE

PER_AXIS, AREA = 3, 0.02  # as the pack's masks
VARIANT = "smoothed"
DANGER = ("none", "incorrect", "correct")  # the safest first, as the daemon orders them


def safer(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of two answers to each image, int [n], the one that lets fewer people in."""
    danger = np.array([DANGER.index(label) for label in CLASSES])
    return np.where(danger[one] <= danger[other], one, other)


def measure(context: Context) -> dict:
    """Rows of the picture's own answer and of the reported one: clean on all of test, and under transferred patches on the sample."""
    crops, logits_of = context.test, context.subject.logits(VARIANT)
    plain, reported = _answers(logits_of, crops.images)
    rows = [_under(context, area) for area in (0.02, 0.05) if area in context.effort.areas]
    return {
        "variant": VARIANT,
        "masks_per_axis": PER_AXIS,
        "area": AREA,
        "plain": score.row(crops.labels, plain, crops.groups),
        "reported": score.row(crops.labels, reported, crops.groups),
        "patched": rows,
    }


def _answers(logits_of, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    masks = masking.masks(SIZE, side(AREA), PER_AXIS)
    plain = logits_of(images).argmax(axis=1)
    return plain, safer(plain, certify.infer(logits_of, images, masks)[0])


def _under(context: Context, area: float) -> dict:
    crops, logits_of = context.sampled, context.subject.logits(VARIANT)
    states = [Reached(crops.labels, clean) for clean in _answers(logits_of, crops.images)]
    for attacked in patches.kept(context, VARIANT, area):
        for state, answers in zip(states, _answers(logits_of, attacked), strict=True):
            state.add(np.arange(len(crops)), answers)
    plain, reported = (context.row(state.answers(), state.reached[:, CORRECT]) for state in states)
    return {"area": area, "plain": plain, "reported": reported}
