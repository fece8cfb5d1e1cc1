"""Patches made for each image at the best of a grid of places, for all three aims, against the network: accuracy against area."""

from __future__ import annotations

import numpy as np

from training.attacks import patch
from training.measure.context import Context, eight_bits, side
from training.measure.reached import Reached
from training.measure.score import CORRECT
from training.net.model import CLASSES

STEP = 0.1
HEADLINE = (0.02, 0.05)  # areas of the table that must be reached, with more places and steps
MADE = {"alone": None, "smoothed": (0.02, 0.05)}  # areas at which patches are made (None: all); at the others they are transferred
PLACES, ITERATIONS = {True: 25, False: 9}, {True: 40, False: 14}


def measure(context: Context, variant: str) -> dict:
    """Rows by area. An image that was turned by a smaller patch counts as turned by a larger one, which can hold it.

    Through the median, the patches made against the network alone are tried first, so `alone` must be measured before.
    """
    crops = context.sampled
    state = Reached(crops.labels, context.subject.answers(variant, crops.images))
    latest = np.repeat(crops.images[None], len(CLASSES), axis=0)
    rows, raw = [], {}
    for area in context.effort.areas:
        made, wide = MADE[variant] is None or area in MADE[variant], variant == "alone" and area in HEADLINE
        iterations = context.effort.count(ITERATIONS[wide], 4)
        if variant != "alone":
            latest = kept(context, "alone", area)
            for attacked in latest:
                state.add(np.arange(len(crops)), context.subject.answers(variant, attacked))
        for aim in range(len(CLASSES)) if made else ():
            _attack(context, variant, area, PLACES[wide], iterations, aim, state, latest)
        raw[_key(area)] = eight_bits(latest)
        rows.append(
            {"area": area, "side_px": side(area), "made": "transfer" if not made else f"{PLACES[wide]} places"}
            | {"iterations": iterations if made else 0, "pairs": state.pairs()}
            | context.row(state.answers(), state.reached[:, CORRECT])
        )
    context.keep(f"patches-{variant}", **raw)
    return {"step": STEP, "rows": rows}


def _attack(
    context: Context, variant: str, area: float, places: int, iterations: int, aim: int, state: Reached, latest: np.ndarray
) -> None:
    """aim 0: away from the label; 1 and 2: toward the next class but so many."""
    crops = context.sampled
    targets = (crops.labels + aim) % len(CLASSES) if aim else None
    todo = np.flatnonzero(~state.reached[np.arange(len(crops)), targets] if aim else state.alive)
    if len(todo):
        found = patch.optimize(
            context.subject.network(variant),
            crops.images[todo],
            crops.labels[todo],
            side(area),
            places,
            iterations,
            STEP,
            context.seed,
            targets[todo] if aim else None,
        )
        latest[aim, todo] = found.images
        state.add(todo, context.subject.answers(variant, found.images))


def kept(context: Context, variant: str, area: float) -> np.ndarray:
    """The attacked images float32 [3, n, 96, 96, 3] of a finished `measure`, one for each aim, rounded to 8 bits."""
    return context.kept(f"patches-{variant}", _key(area))


def _key(area: float) -> str:
    return f"area-{area}"
