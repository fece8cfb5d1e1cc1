"""Patches against the whole defense: double masking with three masks per axis, attacked by someone who knows it."""

from __future__ import annotations

import numpy as np

from training.defense import certify, masking
from training.measure import patches
from training.measure.context import Context, side
from training.measure.evasion import Evasion, centers, weakest
from training.measure.reached import Reached
from training.measure.score import CORRECT, NONE, OTHER
from training.net.model import CLASSES, SIZE

PER_AXIS = 3
ADAPTIVE = {"alone": (0.02, 0.05), "smoothed": (0.02,)}  # areas at which patches are made against the defense itself
PLACES = 2
ITERATIONS = 40


def measure(context: Context) -> dict:
    """Rows by variant and area; the masks are those made for the area of the attack."""
    return {"rows": [_row(context, variant, area) for variant in ADAPTIVE for area in context.effort.areas]}


def _row(context: Context, variant: str, area: float) -> dict:
    crops, logits_of = context.sampled, context.subject.logits(variant)
    masks = masking.masks(SIZE, side(area), PER_AXIS)
    one = certify.one_mask(logits_of, crops.images, masks).argmax(axis=2)
    clean, _ = certify.infer(logits_of, crops.images, masks, one)
    agreed, never = certify.proved(logits_of, crops.images, one, masks)
    state = Reached(crops.labels, clean)
    for attacked in patches.kept(context, variant, area):
        state.add(np.arange(len(crops)), certify.infer(logits_of, attacked, masks)[0])
    transferred = state.answers()
    # Where all views share an answer, right or wrong, no patch can change it: transfer is tried there, to see that it holds.
    open_ = agreed < 0
    if area in ADAPTIVE[variant]:
        _adapt(context, variant, area, masks, open_, state)
    return {
        "variant": variant,
        "area": area,
        "side_px": side(area),
        "adaptive": area in ADAPTIVE[variant],
        "clean": context.row(clean),
        "transferred": context.row(transferred),
        "attacked": context.row(state.answers(), state.reached[:, CORRECT]),
        "pairs": state.pairs(),
        "certified": context.row(np.where(agreed == crops.labels, agreed, OTHER)),
        "broken_certificates": int((~open_ & (transferred != agreed)).sum()),
        "turned_certificates": int((never & state.reached[:, CORRECT]).sum()),
    }


def _adapt(context: Context, variant: str, area: float, masks: np.ndarray, open_: np.ndarray, state: Reached) -> None:
    crops, logits_of = context.sampled, context.subject.logits(variant)
    evasion = Evasion(context.subject.network(variant), masks, side(area), context.effort.count(ITERATIONS, 2))
    where = np.flatnonzero(open_)
    order = weakest(logits_of, crops.images[where], crops.labels[where], masks, PLACES)
    middle = centers(masks, side(area))
    for place in range(PLACES):
        for shift in range(1, len(CLASSES)):
            targets = (crops.labels[where] + shift) % len(CLASSES)
            unmasked = (crops.labels[where] == NONE) & (targets == CORRECT) & ~state.reached[where, CORRECT]
            todo = np.flatnonzero(state.alive[where] | unmasked)
            attacked = evasion(crops.images[where[todo]], targets[todo], middle[order[todo, place]], context.seed + place)
            state.add(where[todo], certify.infer(logits_of, attacked, masks)[0])
