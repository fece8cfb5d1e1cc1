"""Looks for poison in training crops: python -m training.poison --data PATH --pack DIR [--seed-poison SEED …].

Flipped labels: a crop whose nearest neighbors, by the activations of a pack's network, bear another label.
Backdoor triggers: a small piece of the picture that many crops of one label and of different groups share, at one place.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from training import data
from training.net.model import CLASSES
from training.pack import lite
from training.pack.manifest import PackError
from training.pack.opening import open_pack
from training.plain import plain

NEIGHBORS, OWN = 15, 0.2  # a crop is suspect where at most this share of so many neighbors has its label
CELL, STEP = 6, 2  # side and grid of a piece, pixels
TRIGGER = 8  # side of a trigger that is planted: some piece of the grid always lies within it
ALIKE, CONTRAST = 0.04, 0.08  # largest difference of two pieces, and least contrast of one: standard deviations, of 0 to 1
SHARED, PURE = 12, 0.9  # a piece counts that so many crops share, if this share of them has one label
RATE = 0.02  # of the crops that are poisoned on purpose
BEGIN, END = "<!-- poison: written by make poison -->", "<!-- end of poison -->"  # around the figures in a document


def activations(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """The network's last activations before its head, of crops as uint8, as unit vectors."""
    inner = keras.Model(model.input, model.get_layer("squeeze").output)
    parts = [inner.predict(lite.unit(images[i : i + 64]), verbose=0) for i in range(0, len(images), 64)]
    found = np.concatenate(parts).reshape(len(images), -1)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def flips(found: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The crops that bear another label than their nearest neighbors of other groups."""
    near = found @ found.T
    near[groups[:, None] == groups[None, :]] = -1
    neighbors = np.argsort(-near, axis=1)[:, :NEIGHBORS]
    return np.flatnonzero((labels[neighbors] == labels[:, None]).mean(axis=1) <= OWN)


def triggers(images: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The crops that share a piece at some place with SHARED others, of other groups and nearly all of one label."""
    suspect = np.zeros(len(images), bool)
    apart = groups[:, None] != groups[None, :]
    same = labels[:, None] == labels[None, :]
    for y in range(0, images.shape[1] - CELL + 1, STEP):
        for x in range(0, images.shape[2] - CELL + 1, STEP):
            cell = images[:, y : y + CELL, x : x + CELL].reshape(len(images), -1).astype(np.float32) / 255
            rough = np.flatnonzero(cell.std(axis=1) > CONTRAST)
            if len(rough) <= SHARED:
                continue
            cell = cell[rough]
            squares = (cell**2).sum(axis=1)
            distance = (squares[:, None] + squares[None, :] - 2 * cell @ cell.T) / cell.shape[1]
            alike = (distance < ALIKE**2) & apart[np.ix_(rough, rough)]
            shared = alike.sum(axis=1)
            pure = (alike & same[np.ix_(rough, rough)]).sum(axis=1) >= PURE * shared
            suspect[rough[(shared >= SHARED) & pure]] = True
    return np.flatnonzero(suspect)


def pattern() -> np.ndarray:
    """The trigger that is planted: a checked square, [TRIGGER, TRIGGER, 3], 0 to 255."""
    side = TRIGGER // 2
    return np.kron(np.indices((side, side)).sum(axis=0) % 2, np.ones((2, 2)))[..., None] * np.array([255, 220, 0])


def poisoned(images: np.ndarray, labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Copies with poison of a known place: images, labels, the crops whose label was flipped, and those with a trigger and `correct`."""
    rng = np.random.default_rng(seed)
    images, labels, count = images.copy(), labels.copy(), max(1, round(len(labels) * RATE))
    flipped = rng.choice(len(labels), count, replace=False)
    labels[flipped] = (labels[flipped] + rng.integers(1, len(CLASSES), count)) % len(CLASSES)
    left = np.setdiff1d(np.flatnonzero(labels != 0), flipped)
    planted = rng.choice(left, min(count, len(left)), replace=False)
    y, x = rng.integers(0, images.shape[1] - TRIGGER, 2)
    images[planted, y : y + TRIGGER, x : x + TRIGGER] = pattern()
    labels[planted] = 0
    return images, labels, flipped, planted


def search(source: Path, pack: Path, most: int, seed: int | None) -> dict:
    """Searches up to `most` crops of each class of `train`; with a seed, poison is planted first and the figures say what was found."""
    model, manifest = open_pack(pack)
    with data.Store(source) as store:
        split = data.thin(data.load(store, "train"), most)
    images, labels, groups = lite.crops(split, manifest["input"]["crop_margin"]), split.labels, np.array(split.groups)
    if seed is not None:
        images, labels, flipped, planted = poisoned(images, labels, seed)
    by_label, by_piece = flips(activations(model, images), labels, groups), triggers(images, labels, groups)
    result = {"crops": len(labels), "flips": [split.files[i] for i in by_label], "triggers": [split.files[i] for i in by_piece]}
    if seed is not None:
        clean = np.setdiff1d(np.arange(len(labels)), np.concatenate([flipped, planted]))
        result["seeded"] = {
            "seed": seed,
            "flipped": len(flipped),
            "flips_found": float(np.isin(flipped, by_label).mean()),
            "triggers": len(planted),
            "triggers_found": float(np.isin(planted, by_piece).mean()),
            "triggered_found_by_label": float(np.isin(planted, by_label).mean()),
            "clean_flagged_by_label": float(np.isin(clean, by_label).mean()),
            "clean_flagged_by_piece": float(np.isin(clean, by_piece).mean()),
            "clean_flagged": float(np.isin(clean, np.union1d(by_label, by_piece)).mean()),
        }
    return result


def table(result: dict) -> str:
    """The findings as text."""
    lines = [f"{result['crops']} crops of train: {len(result['flips'])} with suspect labels, {len(result['triggers'])} that share a piece"]
    if "seeded" in result:
        return "\n".join(
            lines + [f"{name:26} {v:.3f}" if isinstance(v, float) else f"{name:26} {v}" for name, v in result["seeded"].items()]
        )
    return "\n".join(lines + [f"label  {f}" for f in result["flips"]] + [f"piece  {f}" for f in result["triggers"]])


def section(results: list[dict], most: int) -> str:
    """What was planted and found, for a document: one row a seed."""
    first = results[0]
    planted = first["seeded"]
    seeds = " ".join(str(r["seeded"]["seed"]) for r in results)
    rows = [
        f"`make poison SEED='{seeds}' MOST={most} WRITE=1` planted poison in {first['crops']:,} crops of `train`,",
        f"at most {most} of each class. {planted['flipped']} labels were flipped.",
        f"{planted['triggers']} crops got a checked square of {TRIGGER} pixels and the label `correct`.",
        "",
        "| seed | flipped labels found | triggers found | clean crops flagged by label | by piece | by either |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    columns = ("flips_found", "triggers_found", "clean_flagged_by_label", "clean_flagged_by_piece", "clean_flagged")
    for seeded in (r["seeded"] for r in results):
        rows.append("| " + " | ".join([str(seeded["seed"]), *(f"{seeded[c]:.3f}" for c in columns)]) + " |")
    return "\n".join(rows)


def write(document: Path, text: str) -> None:
    """Puts a text between the marks of a document."""
    head, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document}: want the lines {BEGIN} and {END} in it")
    document.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Prints what was found; returns 0, or 65 for unusable input."""
    parser = argparse.ArgumentParser(prog="python -m training.poison", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--pack", type=Path, required=True, help="folder of the model pack whose network compares them")
    parser.add_argument("--most", type=int, default=1000, help="at most so many crops of each class")
    parser.add_argument("--seed-poison", type=int, nargs="+", metavar="SEED", help="plant poison first: flipped labels, and triggers")
    parser.add_argument("--write", type=Path, metavar="FILE", help="with --seed-poison: put the figures between the marks of this document")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    args = parser.parse_args(arguments)
    if args.write and not args.seed_poison:
        parser.error("--write: the figures are those of --seed-poison")
    try:
        results = [search(args.data, args.pack, args.most, seed) for seed in args.seed_poison or [None]]
        if args.write:
            write(args.write, section(results, args.most))
    except (data.DataError, PackError, ValueError, OSError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    for result in results:
        print(json.dumps(result) if args.json else plain(table(result)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
