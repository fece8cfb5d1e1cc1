"""Moves the borders between the classes so that balanced accuracy on `val` is best: a constant added to each logit.

Plain pictures count half, attacked ones the other half: borders that are best for plain pictures alone lie close to the class that
most of them have, and attacks turn that class first.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from training.measure import metrics
from training.net.model import CLASSES
from training.pack import lite

REACH, STEP = 1.2, 0.1
NEAR = 0.002  # offsets so close to the best are averaged, so that no single image decides
Set = tuple[np.ndarray, np.ndarray]  # logits [n, 3] or uint8 images [n, 96, 96, 3], and labels [n]


def choose(plain: Set, attacked: Sequence[Set] = ()) -> np.ndarray:
    """Offsets float32 [3], the first 0, for sets of logits and labels."""
    steps = np.arange(-REACH, REACH + STEP / 2, STEP)
    offsets = np.array([(0.0, a, b) for a in steps for b in steps])
    score = _scores(plain, offsets)
    if attacked:
        score = (score + np.mean([_scores(one, offsets) for one in attacked], axis=0)) / 2
    return offsets[score >= score.max() - NEAR].mean(axis=0).astype(np.float32)


def fold(model: keras.Model, plain: Set, attacked: Sequence[Set] = ()) -> dict[str, float]:
    """Adds the offsets for sets of images and labels to the bias of the model's head; returns them by class."""
    logits = [(lite.answers(lambda x: model(x, training=False), images), labels) for images, labels in (plain, *attacked)]
    offsets = choose(logits[0], logits[1:])
    kernel, bias = model.get_layer("head").get_weights()
    model.get_layer("head").set_weights([kernel, bias + offsets])
    return {c: round(float(v), 3) for c, v in zip(CLASSES, offsets, strict=True)}


def _scores(of: Set, offsets: np.ndarray) -> np.ndarray:
    logits, labels = of
    return np.array([np.nanmean(metrics.recalls(labels, (logits + o).argmax(axis=1))) for o in offsets])
