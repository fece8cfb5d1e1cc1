"""Measures networks on people and sources that they never met: python -m training.generalize --data PATH --work DIR.

Each person of a source whose groups are people is left out in turn, then each source that has all labels. What is left trains a
network for a moment, without attacks; once more with attacks where the people's source is left out. `test` is in none of it.
The figures are of the data and of how networks are trained, not of a pack: every pack has met these people.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # a quarter faster where it is not the default

import keras
import numpy as np

from training import data, publish
from training.draw import landmarks
from training.fit import folds
from training.fit.validation import inputs
from training.measure import metrics
from training.measure.parts import Parts, save
from training.net.model import CENTERFACE, CLASSES, BackboneError
from training.plain import plain

PEOPLE, LEAST = "maskguard", 20
NOSES = 5  # crops with a nose out that a person must have for a figure of them
ROUNDS, SEED = 1000, 1
CORRECT, INCORRECT, NONE = (CLASSES.index(c) for c in ("correct", "incorrect", "none"))
MARKS = ("<!-- generalize: written by make generalize -->", "<!-- end of generalize -->")
FIGURES = {"balanced_accuracy": "balanced accuracy", "incorrect": "recall of incorrect", "nose_out_correct": "nose out → correct"}


def load(source: Path, work: Path, known: dict[str, str]) -> tuple[data.Split, np.ndarray]:
    """The crops of train and val as one, and the kind of each that is known by its sha256, "" of the others."""
    with data.Store(source, work) as store:
        parts = [data.load(store, split, data.corrections(), 0) for split in ("train", "val")]
        digests = {e.file: e.sha256 for e in data.entries(store)}
    images, labels = (np.concatenate([getattr(p, name) for p in parts]) for name in ("images", "labels"))
    texts = ([text for p in parts for text in getattr(p, name)] for name in ("sources", "groups", "files", "skipped"))
    pool = data.Split("train and val", images, labels, *texts)
    return pool, np.array([known.get(digests[f], "") for f in pool.files])


def judge(labels: np.ndarray, guesses: np.ndarray, kinds: np.ndarray) -> dict:
    """Figures of answers to the crops that a fold left out; a nose that is out counts where the kind is labeled, from NOSES of them on."""
    noses = (kinds == "nose") & (labels == INCORRECT)
    recall = metrics.recalls(labels, guesses)
    return {
        "images": {c: int((labels == i).sum()) for i, c in enumerate(CLASSES)},
        "balanced_accuracy": round(metrics.balanced(labels, guesses), 4),
        "correct": round(float(recall[CORRECT]), 4),
        "incorrect": round(float(recall[INCORRECT]), 4),
        "none": round(float(recall[NONE]), 4),
        "noses": int(noses.sum()),
        "nose_out_correct": round(float(np.mean(guesses[noses] == CORRECT)), 4) if noses.sum() >= NOSES else None,
        "confusion": metrics.confusion(labels, guesses),
    }


def over(rows: list[dict], name: str) -> dict | None:
    """The mean of a figure over people, each of whom counts the same, and its 95 % interval by bootstrap over them."""
    values = np.array([row[name] for row in rows if row[name] is not None])
    if not len(values):
        return None
    drawn = values[np.random.default_rng(SEED).integers(0, len(values), (ROUNDS, len(values)))].mean(axis=1)
    return {"value": round(float(values.mean()), 4), "interval95": [round(float(v), 4) for v in np.percentile(drawn, (2.5, 97.5))]}


def measure(source: Path, work: Path, people: str, least: int, steps: int | None, centerface: Path, known: dict[str, str]) -> dict:
    """Trains and judges every fold that is not yet done in work; known: kinds of `incorrect` by sha256.

    Raises DataError or BackboneError.
    """
    if not centerface.is_file():
        raise BackboneError(f"{centerface}: CenterFace's ONNX file is missing; run `make setup` or give --centerface")
    work.mkdir(parents=True, exist_ok=True)
    pool, kinds = load(source, work, known)
    planned = folds.folds(pool, people, least, steps)
    points = landmarks.find_all(pool.images[pool.labels == NONE], centerface, work / "landmarks.npz")
    digest = hashlib.sha256(pool.images.tobytes() + pool.labels.tobytes() + "".join(kinds).encode()).hexdigest()
    parts = Parts(work / "parts", {f.title: 10.0 if f.settings.attacked else 1.0 for f in planned})
    rows = []
    for fold in planned:
        key = {"settings": dataclasses.asdict(fold.settings), "crops": digest, "out": int(fold.out.sum())}
        # Another key trains again, in another folder: checkpoints of other settings or crops are no use.
        folder = work / hashlib.sha256(json.dumps([fold.title, key]).encode()).hexdigest()[:16]

        def run(fold: folds.Fold = fold, folder: Path = folder) -> dict:
            network = folds.train(fold, pool, points, folder, centerface)
            held = pool.take(np.flatnonzero(fold.out))
            guesses = metrics.predict(lambda x: network(x, training=False), inputs(held))
            keras.backend.clear_session()
            return judge(held.labels, guesses, kinds[fold.out])

        rows.append({"fold": fold.title, "kind": fold.kind, "attacked": fold.settings.attacked, **parts.measure(fold.title, key, run)})
        rows[-1]["seconds"] = parts.seconds(fold.title)
    persons = [row for row in rows if row["kind"] == "person"]
    return {"people": people, "folds": rows, "mean": {name: over(persons, name) for name in FIGURES}}


def table(result: dict) -> str:
    """The figures as a Markdown table, the mean over people first."""
    persons = sum(row["kind"] == "person" for row in result["folds"])
    lines = [
        f"| left out | crops | {' | '.join(FIGURES.values())} |",
        f"| --- | --- |{' --- |' * len(FIGURES)}",
        f"| **each of {persons} people, mean** |  | {' | '.join(_interval(result['mean'][name]) for name in FIGURES)} |",
    ]
    for row in result["folds"]:
        figures = " | ".join("–" if row[name] is None else f"{row[name]:.3f}" for name in FIGURES)
        lines.append(f"| {row['fold'].replace('person person_', 'person ')} | {sum(row['images'].values())} | {figures} |")
    return "\n".join(lines)


def section(result: dict) -> str:
    """The table, and how long it took, for a document."""
    seconds, count = round(sum(row["seconds"] for row in result["folds"])), len(result["folds"])
    return f"`make generalize WRITE=1` trained {count} folds in {seconds:,} s on two shared cores.\n\n{table(result)}"


def _interval(found: dict | None) -> str:
    return "–" if found is None else f"{found['value']:.3f} ({found['interval95'][0]:.2f} to {found['interval95'][1]:.2f})"


def main(arguments: list[str] | None = None) -> int:
    """Prints the table; returns 0, 65 for unusable input, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m training.generalize", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints; a run there goes on")
    parser.add_argument("--people", default=PEOPLE, help=f"source whose groups are people (default {PEOPLE})")
    parser.add_argument("--least", type=int, default=LEAST, help=f"crops of each class that a person or source must have (default {LEAST})")
    parser.add_argument("--steps", type=int, help="tiny run: so many steps an epoch, to see that it works")
    parser.add_argument("--centerface", type=Path, default=CENTERFACE, help="CenterFace's ONNX file (MASKWARDEN_CENTERFACE)")
    parser.add_argument("--kinds", type=Path, default=data.KINDS_FILE, help="sha256,kind lines of crops of `incorrect`")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between the marks of this document")
    args = parser.parse_args(arguments)
    try:
        result = measure(args.data, args.work, args.people, args.least, args.steps, args.centerface, data.kinds(args.kinds))
        save(args.work / "generalize.json", result)
        if args.write:
            publish.put(args.write, section(result), MARKS)
    except (data.DataError, BackboneError, publish.PublishError, OSError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    except KeyboardInterrupt:
        print(f"interrupted; what was trained is kept in {args.work}: run it again to go on", file=sys.stderr)
        return 130
    print(plain(table(result)))
    if not any(row["noses"] for row in result["folds"]):
        print(f"no kind of `incorrect` is labeled in {args.kinds}, so nothing is said of noses that are out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
