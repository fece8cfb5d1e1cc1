"""Without an attack: per class, calibration, by source, face size and kind of `incorrect`, and whether all exports agree."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from training import data
from training.defense import squeeze
from training.measure import score
from training.measure.context import Context
from training.measure.crops import Crops
from training.measure.subject import VARIANTS, Lite
from training.net.model import CLASSES

FACES = (0, 32, 48, 96, np.inf)  # px: edges of the groups of face size
INCORRECT, CORRECT = CLASSES.index("incorrect"), CLASSES.index("correct")


def measure(context: Context) -> dict:
    """By variant and split (`sample` is what attacks are run on), and the agreement of the exports on all of test."""
    splits = {"test": context.test, "val": context.val, "sample": context.sampled}
    found = {variant: {name: _split(context, variant, crops) for name, crops in splits.items()} for variant in VARIANTS}
    return {**found, "agreement": _agreement(context)}


def worn(context: Context) -> dict:
    """What becomes of the crops of val whose kind of `incorrect` is labeled, behind the smoothing, as on a camera.

    For each kind its images, and the shares that were answered `incorrect` and `correct`; people: how many wore them.
    """
    at = (context.val.kinds != "") & (context.val.labels == INCORRECT)
    crops = context.val.take(at)
    answers = context.subject.answers("smoothed", crops.images)
    rows = {}
    for kind in data.KINDS_OF_INCORRECT:
        mine = answers[crops.kinds == kind]
        right, correct = (squeeze.proportion(int((mine == c).sum()), len(mine)) for c in (INCORRECT, CORRECT))
        rows[kind] = {"images": len(mine), "right": right, "to_correct": correct}
    return {"split": "val", "variant": "smoothed", "people": len(np.unique(crops.groups)), "rows": rows}


def _split(context: Context, variant: str, crops: Crops) -> dict:
    probabilities = squeeze.softmax(context.subject.logits(variant)(crops.images))
    answers = probabilities.argmax(axis=1)
    part = lambda keep: score.row(crops.labels[keep], answers[keep], crops.groups[keep])  # noqa: E731
    sizes = {}
    for low, high in pairwise(FACES):
        keep = (crops.face_px >= low) & (crops.face_px < high)
        if keep.any():
            sizes[f"{low} to {high - 1} px" if np.isfinite(high) else f"{low} px and more"] = part(keep)
    return {
        **part(np.full(len(crops), True)),
        "calibration": score.calibration(crops.labels, probabilities),
        "by_source": {str(s): part(crops.sources == s) for s in np.unique(crops.sources)},
        "by_face_size": sizes,
    }


def _agreement(context: Context) -> dict:
    """Share of test on which each form of the network gives the answer of the float32 file."""
    images = context.test.images
    want = context.subject.answers("alone", images)
    keras_answers = np.concatenate(
        [np.argmax(context.subject.network("alone")(images[i : i + 64]), axis=1) for i in range(0, len(images), 64)]
    )
    forms = {kind: f for kind, f in context.subject.manifest["models"].items() if kind != "float32"}
    found = {kind: Lite(context.subject.folder / f)(images).argmax(axis=1) for kind, f in forms.items()}
    return {kind: round(float(np.mean(answers == want)), 4) for kind, answers in {"keras": keras_answers, **found}.items()}
