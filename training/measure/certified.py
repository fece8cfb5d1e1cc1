"""What PatchCleanser certifies on clean images, and a check of its guarantee by brute force."""

from __future__ import annotations

import numpy as np

from training.defense import certify, masking, squeeze
from training.measure import score
from training.measure.context import Context, side
from training.net.model import CLASSES, SIZE

TAUS = (0.0, 0.5, 0.7, 0.9)
NEVER = ("none", "incorrect")  # classes of which a face must never be called correct


def measure(context: Context) -> dict:
    """Rows by variant, masks per axis and area. Six masks per axis need 667 passes an image: those are of half of the sample."""
    rows = [_row(context, "alone", k, area) for k in context.effort.masks for area in context.effort.certified]
    rows += [_row(context, "smoothed", 3, area) for area in context.effort.certified]
    return {"rows": rows}


def _row(context: Context, variant: str, per_axis: int, area: float) -> dict:
    whole = per_axis == 3 and (variant == "alone" or area == 0.02)
    crops = context.test if whole else context.half().sampled if per_axis > 3 else context.sampled
    masks = masking.masks(SIZE, side(area), per_axis)
    logits_of = context.subject.logits(variant)
    one = squeeze.softmax(certify.one_mask(logits_of, crops.images, masks))
    agreed, never = certify.proved(logits_of, crops.images, one.argmax(axis=2), masks)
    answers, passes = certify.infer(logits_of, crops.images, masks, one.argmax(axis=2))
    reached = (agreed < 0) | (agreed == score.CORRECT)
    recovered = np.where(agreed == crops.labels, agreed, score.OTHER)
    return {
        "variant": variant,
        "masks_per_axis": per_axis,
        "area": area,
        "side_px": side(area),
        "split": "test" if whole else "sample",
        "never_correct": _never(crops, never),
        "recovery": score.row(crops.labels, recovered, crops.groups, reached),
        "clean": score.row(crops.labels, answers, crops.groups),
        "passes": {"mean": round(float(passes.mean()), 2), "most": int(passes.max())},
        "detection": [_detection(crops, squeeze.softmax(logits_of(crops.images)), one, tau) for tau in TAUS],
    }


def _never(crops, never: np.ndarray) -> dict:
    """The shares of bare and of `incorrect` faces that no patch can make `correct`, under `recall` as in score.row."""
    found = score.row(crops.labels, np.where(never, crops.labels, score.OTHER), crops.groups)
    return {name: {c: found[name][c] for c in NEVER} for name in ("recall", "recall_interval95")}


def _detection(crops, clean: np.ndarray, one: np.ndarray, tau: float) -> dict:
    sure = certify.detection(clean, one, crops.labels, tau)
    alarm = certify.alarms(clean, one, tau)
    reached = certify.silent(one, score.CORRECT, tau)
    return {
        "tau": tau,
        "certified": score.row(crops.labels, np.where(sure, crops.labels, score.OTHER), crops.groups, reached),
        "false_alarms": squeeze.proportion(int(alarm.sum()), len(alarm)),
        "right_without_alarm": round(float(np.mean((clean.argmax(axis=1) == crops.labels) & ~alarm)), 4),
    }


def uncovered(masks: np.ndarray, patch: int) -> int:
    """Places of a patch of that side that lie wholly in no mask; 0 for a sound set. masks: bool [M, s, s]."""
    total = np.pad(masks.astype(int).cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
    inside = total[:, patch:, patch:] - total[:, :-patch, patch:] - total[:, patch:, :-patch] + total[:, :-patch, :-patch]
    return int((inside.max(axis=0) < patch * patch).sum())


def brute_force(context: Context, area: float = 0.02, most: int = 2) -> dict:
    """Puts a patch at every place of certified images, with contents that vary from place to place, and counts answers that must not be.

    Half of the images, where there are such, are certified for nothing but never to be `correct`. `changed`: answers that are not the
    certified label; `turned`: those that are `correct` though the image is certified never to be.
    """
    patch, masks = side(area), masking.masks(SIZE, side(area), 3)
    crops, logits_of = context.sampled, context.subject.logits("alone")
    agreed, never = certify.proved(logits_of, crops.images, certify.one_mask(logits_of, crops.images, masks).argmax(axis=2), masks)
    rng = context.rng()
    count = context.effort.count(most)
    loose = rng.permutation(np.flatnonzero(never & (agreed < 0)))[: count // 2]
    picked = np.concatenate([rng.permutation(np.flatnonzero(agreed == crops.labels))[: count - len(loose)], loose])
    places = [(r, c) for r in range(SIZE - patch + 1) for c in range(SIZE - patch + 1)][:: max(1, round(0.5 / context.effort.factor))]
    changed = turned = 0
    for image in picked:
        for i in range(0, len(places), 256):
            attacked = _patched(crops.images[image], places[i : i + 256], patch, _contents(crops.images, patch, rng), rng)
            answers = certify.infer(logits_of, attacked, masks)[0]
            changed += int((answers != agreed[image]).sum()) if agreed[image] >= 0 else 0
            turned += int((answers == score.CORRECT).sum()) if never[image] else 0
    sets = {f"k = {k}, {a:.1%}": uncovered(masking.masks(SIZE, side(a), k), side(a)) for k in (3, 6) for a in context.effort.certified}
    return {
        "area": area,
        "masks_per_axis": 3,
        "images": [{"file": str(crops.files[i]), "label": CLASSES[crops.labels[i]], "never_correct": bool(never[i])} for i in picked],
        "places": len(places),
        "answers": len(places) * len(picked),
        "changed": changed,
        "turned": turned,
        "uncovered_places": sets,
    }


def _contents(images: np.ndarray, patch: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Noise, black, white, and pieces of other faces: a mouth where a mask is, a mask where a mouth is."""
    plain = [rng.random((patch, patch, 3), np.float32), *(np.full((patch, patch, 3), v, np.float32) for v in (0, 1))]
    low, left = SIZE * 2 // 3 - patch // 2, (SIZE - patch) // 2
    return plain + [images[i, low : low + patch, left : left + patch] for i in rng.integers(0, len(images), 5)]


def _patched(image: np.ndarray, places: list, patch: int, contents: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    out = np.repeat(image[None], len(places), axis=0)
    for one, (row, column) in zip(out, places, strict=True):
        one[row : row + patch, column : column + patch] = contents[rng.integers(len(contents))]
    return out
