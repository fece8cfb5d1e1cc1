"""Patches made for each image at the best of 25 places, for all three aims, against the network: accuracy against area."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.attacks import patch
from training.measure.context import Context, side
from training.measure.reached import Reached
from training.measure.subject import VARIANTS
from training.model import CLASSES

PLACES = 25
ITERATIONS = 60
STEP = 0.1
HEADLINE = (0.02, 0.05)  # areas of the table that must be reached; others get half of the iterations


def measure(context: Context, variant: str) -> dict:
    """Rows by area. An image that was turned by a smaller patch counts as turned by a larger one, which can hold it."""
    crops, network = context.sampled, context.subject.network(variant)
    state = Reached(crops.labels, context.subject.answers(variant, crops.images))
    latest = np.repeat(crops.images[None], len(CLASSES), axis=0)
    rows, raw = [], {}
    for area in context.effort.areas:
        iterations = context.effort.count(ITERATIONS if area in HEADLINE else ITERATIONS // 2, 2)
        for aim in range(len(CLASSES)):
            targets = (crops.labels + aim) % len(CLASSES) if aim else None
            todo = np.flatnonzero(state.alive if targets is None else ~state.reached[np.arange(len(crops)), targets])
            if not len(todo):
                continue
            made = patch.optimise(
                network,
                crops.images[todo],
                crops.labels[todo],
                side(area),
                PLACES,
                iterations,
                STEP,
                context.seed,
                None if targets is None else targets[todo],
            )
            latest[aim, todo] = made.images
            state.add(todo, context.subject.answers(variant, made.images))
        raw[_key(area)] = np.rint(latest * 255).astype(np.uint8)
        rows.append(
            {"area": area, "side_px": side(area), "iterations": iterations, "pairs": state.pairs()}
            | context.row(state.answers(), state.reached[:, CLASSES.index("correct")])
            | {"raw": state.answers().tolist()}
        )
    np.savez_compressed(_path(context, variant), **raw)
    return {"places": PLACES, "step": STEP, "rows": rows}


def kept(context: Context, variant: str, area: float) -> np.ndarray:
    """The attacked images float32 [3, n, 96, 96, 3] of a finished `measure`, one for each aim, rounded to 8 bits."""
    with np.load(_path(context, variant)) as raw:
        return raw[_key(area)].astype(np.float32) / 255


def clear(context: Context) -> None:
    """Removes what only later measurements needed."""
    for variant in VARIANTS:
        _path(context, variant).unlink(missing_ok=True)


def _path(context: Context, variant: str) -> Path:
    return context.folder / f"patches-{variant}.npz"


def _key(area: float) -> str:
    return f"area-{area}"
