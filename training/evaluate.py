"""Evaluates a model pack quickly, clean and under white-box PGD-20: python -m training.evaluate --data PATH --pack DIR."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from training import attacks, data
from training.measure import metrics
from training.net.model import CLASSES
from training.pack import lite
from training.pack.manifest import PackError
from training.pack.opening import open_pack
from training.plain import plain

RADII = (1, 2, 4, 8)  # of 255
ITERATIONS = 20


def measure(network: attacks.Network, split: data.Split, images: np.ndarray, seed: int, radii: tuple[int, ...]) -> list[dict]:
    """One row for the clean images and one for each radius, rising, of PGD-20 with steps of a quarter of the radius.

    A perturbation within one radius is within every larger one, so only images still right are attacked on.
    """
    rows: list[dict] = []
    guesses = metrics.predict(network, images)
    for radius in (0, *radii):
        alive = np.flatnonzero(guesses == split.labels)
        if radius and len(alive):
            eps = radius / 255
            guesses[alive] = metrics.attack(network, images[alive], split.labels[alive], eps, eps / 4, ITERATIONS, seed)
        recall = metrics.recalls(split.labels, guesses)
        rows.append(
            {
                "eps255": radius,
                "balanced_accuracy": round(metrics.balanced(split.labels, guesses), 4),
                "interval95": [round(v, 4) for v in metrics.interval(split.labels, guesses, split.groups)],
                "accuracy": round(float(np.mean(guesses == split.labels)), 4),
                "recall": {c: round(float(r), 4) for c, r in zip(CLASSES, recall, strict=True)},
                "confusion": metrics.confusion(split.labels, guesses),
            }
        )
        print(f"eps {radius}/255: balanced accuracy {rows[-1]['balanced_accuracy']}", file=sys.stderr, flush=True)
    return rows


def evaluate(source: Path, pack: Path, split: str, seed: int, radii: tuple[int, ...] = RADII) -> dict:
    """All figures of a pack on one split, the network alone and with the 3x3 median before it."""
    model, manifest = open_pack(pack)
    with data.Store(source) as store:
        crops = data.load(store, split)
    images = lite.crops(crops, manifest["input"]["crop_margin"])
    alone = lambda x: model(x, training=False)  # noqa: E731
    smoothed = lambda x: model(attacks.median3(x), training=False)  # noqa: E731
    return {
        "model": {"name": manifest["name"], "version": manifest["version"], "sha256": manifest["files"][manifest["models"]["float32"]]},
        "split": split,
        "images": len(crops),
        "skipped": len(crops.skipped),
        "attack": {
            "name": "PGD",
            "norm": "Linf",
            "iterations": ITERATIONS,
            "step": "eps/4",
            "restarts": 1,
            "random_start": True,
            "seed": seed,
            "loss": "cross-entropy of the logits",
            "carried_over": "an image broken at one radius counts as broken at every larger one",
            "through_median": "white-box: the exact subgradient, which goes to the pixel selected as the median",
        },
        "intervals": "95 %, bootstrap over groups, 1000 rounds",
        "classifier": measure(alone, crops, images, seed, radii),
        "median3_classifier": measure(smoothed, crops, images, seed, radii),
    }


def table(result: dict) -> str:
    """The figures as text."""
    lines = [f"{result['images']} images of {result['split']}, model {result['model']['sha256'][:12]}"]
    for key, title in (("classifier", "classifier alone"), ("median3_classifier", "3x3 median, then classifier")):
        lines += ["", title, f"{'PGD-20 eps':>12} {'balanced':>9} {'95 %':>15} " + " ".join(f"{c:>10}" for c in CLASSES)]
        for row in result[key]:
            name = f"{row['eps255']}/255" if row["eps255"] else "clean"
            low, high = row["interval95"]
            recall = " ".join(f"{row['recall'][c]:10.3f}" for c in CLASSES)
            lines.append(f"{name:>12} {row['balanced_accuracy']:9.3f} {low:7.3f}-{high:.3f}   {recall}  {row['confusion']}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures; returns 0, or 65 for unusable input. The whole evaluation is training.robustness."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--pack", type=Path, required=True, help="folder of the model pack")
    parser.add_argument("--split", default="test")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    args = parser.parse_args(arguments)
    begin = time.monotonic()
    try:
        result = evaluate(args.data, args.pack, args.split, args.seed)
    except (data.DataError, PackError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    print(json.dumps(result) if args.json else plain(table(result)))
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
