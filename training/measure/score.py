"""A row of figures: balanced accuracy, recalls and confusion, with 95 % intervals bootstrapped over groups."""

from __future__ import annotations

import numpy as np

from training.net.model import CLASSES

ROUNDS, SEED = 1000, 1
OTHER = len(CLASSES)  # what an answer that is no class counts as: abstained, not certified
NONE, CORRECT = CLASSES.index("none"), CLASSES.index("correct")


def row(labels: np.ndarray, answers: np.ndarray, groups: np.ndarray, unmasked_as_correct: np.ndarray | None = None) -> dict:
    """Figures of answers [n] (class index, or OTHER) to images of classes labels [n] that belong to groups [n].

    unmasked_as_correct: bool [n], where an attack reached the answer `correct` at all; by default where it is the answer. Only the
    images of `none` count. Whole groups are drawn, as near-duplicates and one person's frames move together.
    """
    reached = answers == CORRECT if unmasked_as_correct is None else unmasked_as_correct
    _, index = np.unique(groups, return_inverse=True)
    table = np.zeros((index.max() + 1, len(CLASSES), len(CLASSES) + 2))
    np.add.at(table, (index, labels, answers), 1)
    np.add.at(table, (index, labels, OTHER + 1), reached)
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), size=ROUNDS)
    once, many = _figures(table.sum(axis=0)), _figures(np.einsum("rg,gca->rca", drawn, table, optimize=True))
    low, high = ({k: _percentile(v, q) for k, v in many.items()} for q in (2.5, 97.5))
    found = {
        "images": len(labels),
        "balanced_accuracy": _round(once["balanced"]),
        "interval95": [low["balanced"], high["balanced"]],
        "accuracy": _round(once["accuracy"]),
        "accuracy_interval95": [low["accuracy"], high["accuracy"]],
        "recall": {c: _round(once[c]) for c in CLASSES},
        "recall_interval95": {c: [low[c], high[c]] for c in CLASSES},
        "none_to_correct": _round(once["none_to_correct"]),
        "none_to_correct_interval95": [low["none_to_correct"], high["none_to_correct"]],
        "confusion": table.sum(axis=0)[:, : OTHER + 1].astype(int).tolist(),
    }
    return found


def calibration(labels: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> dict:
    """Expected calibration error (Guo et al. 2017) of probabilities [n, 3], and the bins of its reliability curve."""
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = np.minimum((sure * bins).astype(int), bins - 1)
    curve = [
        {"confidence": float(sure[place == b].mean()), "accuracy": float(right[place == b].mean()), "images": int((place == b).sum())}
        for b in range(bins)
        if (place == b).any()
    ]
    error = sum(c["images"] * abs(c["confidence"] - c["accuracy"]) for c in curve) / len(labels)
    return {"ece": round(float(error), 4), "bins": curve}


def _figures(table: np.ndarray) -> dict[str, np.ndarray]:
    """Figures of counts [..., class, answer]; NaN where a class has no image."""
    with np.errstate(invalid="ignore", divide="ignore"):
        count = table[..., : OTHER + 1].sum(axis=-1)
        hits = np.diagonal(table[..., : len(CLASSES)], axis1=-2, axis2=-1)
        recall = hits / count
        present = count > 0
        found = {c: recall[..., i] for i, c in enumerate(CLASSES)}
        found["balanced"] = np.where(present, recall, 0).sum(axis=-1) / present.sum(axis=-1)
        found["accuracy"] = hits.sum(axis=-1) / count.sum(axis=-1)
        found["none_to_correct"] = table[..., NONE, OTHER + 1] / count[..., NONE]
    return {k: np.asarray(v) for k, v in found.items()}


def _percentile(values: np.ndarray, q: float) -> float | None:
    return _round(np.nanpercentile(values, q)) if np.isfinite(values).any() else None


def _round(value: np.ndarray | float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
