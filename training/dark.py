"""Where darkness leaves a network too little to judge: python -m training.dark --data PATH --model model.keras.

The crops of a split are darkened step by step and rounded to 8 bits, as a camera does it. What is left of each face is measured as the
daemon's quality gate measures it: mean and standard deviation of its gray values. Accuracy by both says what `faces.min_brightness` and
`faces.min_contrast` should be. Nothing is chosen on `test`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import keras
import numpy as np

from training import data
from training.attacks import median3
from training.measure import metrics, score
from training.net.model import CLASSES, MARGIN, SIZE
from training.plain import plain

FACTORS = (1.0, 0.5, 0.35, 0.25, 0.15, 0.1, 0.07, 0.05, 0.03)
EDGES = {  # of the bins, in levels of 255; the last ones are where faces lie in plain light
    "brightness": (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 64, 256),
    "contrast": (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 10, 16, 32, 256),
}
KEYS = {"brightness": "faces.min_brightness", "contrast": "faces.min_contrast"}
FALL = 0.05  # of balanced accuracy below that in plain light
LEAST = 10  # crops of each class that a bin must have to be judged
SEED = 1
GATE = 32  # side in pixels that the gate shrinks faces to, face.gateSide in Go


def darkened(images: np.ndarray, factor: float, noise: float = 0.0) -> np.ndarray:
    """uint8 images with their pixels multiplied, Gaussian noise of a standard deviation in levels added, and rounded."""
    rng = np.random.default_rng(SEED)
    dark = images * np.float32(factor)
    if noise:
        dark += np.float32(noise) * rng.standard_normal(images.shape, np.float32)
    return np.rint(dark).clip(0, 255).astype(np.uint8)


def measured(images: np.ndarray) -> dict[str, np.ndarray]:
    """Mean and standard deviation [n] of the gray values of faces, uint8 RGB [n, h, w, 3] with CROP_MARGIN around, as face.Gate in Go."""
    gray = [cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) for small in data.resize(data.recrop(images, 0), GATE)]
    return {"brightness": np.array([g.mean() for g in gray]), "contrast": np.array([g.std() for g in gray])}


def measure(model: keras.Model, split: data.Split, margin: float, noise: float = 0.0) -> dict:
    """Rows of each factor, and of each bin of brightness and contrast over all factors; `limits` are where the bins fall.

    noise: of every picture but the plain one, see darkened.
    """
    network = lambda x: model(median3(x), training=False)  # noqa: E731
    groups, rows, seen = np.array(split.groups), [], []
    for factor in FACTORS:
        dark = darkened(split.images, factor, noise if factor < 1 else 0)
        answers = metrics.predict(network, data.resize(data.recrop(dark, margin), SIZE))
        left = measured(dark)
        middle = {name: round(float(np.median(values)), 2) for name, values in left.items()}
        rows.append({"factor": factor, **middle, **_row(split.labels, answers, groups)})
        seen.append((answers, left))
    labels, groups = np.tile(split.labels, len(FACTORS)), np.tile(groups, len(FACTORS))
    answers = np.concatenate([answers for answers, _ in seen])
    plainly = rows[0]["balanced_accuracy"]
    bins, limits = {}, {}
    for name, edges in EDGES.items():
        values = np.concatenate([left[name] for _, left in seen])
        bins[name] = []
        for low, high in pairwise(edges):
            keep = (values >= low) & (values < high)
            if np.bincount(labels[keep], minlength=len(CLASSES)).min() >= LEAST:
                bins[name].append({"from": low, "to": high, **_row(labels[keep], answers[keep], groups[keep])})
        limits[name] = limit(bins[name], plainly - FALL)
    return {"plain": plainly, "factors": rows, "bins": bins, "limits": limits}


def limit(bins: list[dict], accuracy: float) -> float | None:
    """The lowest edge from which on every bin reaches an accuracy; None where the brightest does not."""
    found = None
    for row in reversed(bins):
        if row["balanced_accuracy"] < accuracy:
            break
        found = row["from"]
    return found


def _row(labels: np.ndarray, answers: np.ndarray, groups: np.ndarray) -> dict:
    found = score.row(labels, answers, groups)
    return {name: found[name] for name in ("images", "balanced_accuracy", "interval95", "recall", "none_to_correct")}


def table(result: dict) -> str:
    """The figures as text."""
    head = f"{'crops':>7} {'balanced':>9} {'95 %':>15} " + " ".join(f"{c:>10}" for c in CLASSES)
    lines = [f"{'light':>13} {'brightness':>11} {'contrast':>9} {head}"]
    lines += [f"{'× ' + format(r['factor'], 'g'):>13} {r['brightness']:11.1f} {r['contrast']:9.1f} {_cells(r)}" for r in result["factors"]]
    for name, rows in result["bins"].items():
        lines += ["", f"{name:>13} {head}"]
        lines += [f"{r['from']:>5g} to {r['to']:<4g} {_cells(r)}" for r in rows]
    lines.append("")
    for name, found in result["limits"].items():
        where = f"stays within {FALL} of {result['plain']:.3f} from {found:g} on" if found is not None else "reaches that in no bin"
        lines.append(f"{KEYS[name]}: balanced accuracy {where}")
    return "\n".join(lines)


def _cells(row: dict) -> str:
    low, high = row["interval95"]
    recalls = " ".join(f"{row['recall'][c]:10.3f}" for c in CLASSES)
    return f"{row['images']:7d} {row['balanced_accuracy']:9.3f} {low:7.3f}-{high:.3f}   {recalls}"


def main(arguments: list[str] | None = None) -> int:
    """Prints the curve; returns 0, or 65 for unusable input."""
    parser = argparse.ArgumentParser(prog="python -m training.dark", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--model", type=Path, required=True, help="Keras file of a network, such as models/robust/model.keras")
    parser.add_argument("--margin", type=float, default=MARGIN, help="around the face, as the network was trained (default %(default)s)")
    parser.add_argument("--split", default="val")
    parser.add_argument("--noise", type=float, default=0.0, help="of a sensor in the dark, standard deviation in levels of 255 (default 0)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    args = parser.parse_args(arguments)
    try:
        with data.Store(args.data) as store:
            split = data.load(store, args.split, data.corrections())
        model = keras.models.load_model(args.model, compile=False)
        result = measure(model, split, args.margin, args.noise)
    except (data.DataError, OSError, ValueError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    print(json.dumps(result) if args.json else plain(table(result)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
