"""Asks packs who was in their training: python -m training.infer --data PATH --packs DIR [DIR …] [--write FILE].

Membership inference by the margin of the true label (the loss, without its rounding at 0): members are crops of `train`, the others
of `val`. The two differ in people, too, so two controls that never saw a member are asked the same: CenterFace's features with a head
taught on other sources, and a regression from plain statistics of the pixels.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # a quarter faster where it is not the default

import cv2
import keras
import numpy as np
from scipy import optimize

from training import data, publish
from training.draw.augment import augment
from training.measure.parts import Parts
from training.measure.subject import Subject, open_subject
from training.net.model import CENTERFACE, CLASSES, STEM, BackboneError, build, early, load_backbone
from training.pack import lite
from training.pack.manifest import PackError
from training.plain import plain

VIEWS = 8  # augmented views whose margins are averaged
MOST = 600  # members of each class that the averaged views are made of
FALSE_ALARMS = 0.01
ROUNDS, SEED, FOLDS, DECAY = 500, 1, 5, 1e-3
MARKS = ("<!-- infer: written by make infer -->", "<!-- end of infer -->")


@dataclass(frozen=True)
class Crops:
    """Crops of members and others: images uint8 [n, 128, 128, 3], labels int [n], member bool [n]; strata and groups: strings [n].

    strata: source and class. Each has its own threshold, as one source is easier than another.
    """

    images: np.ndarray
    labels: np.ndarray
    member: np.ndarray
    strata: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def crops_of(members: data.Split, others: data.Split) -> Crops:
    """Both splits as one."""
    both = [(s, source) for s in (members, others) for source in s.sources]
    labels = np.concatenate([members.labels, others.labels])
    return Crops(
        np.concatenate([members.images, others.images]),
        labels,
        np.arange(len(labels)) < len(members),
        np.array([f"{source} {CLASSES[label]}" for (_, source), label in zip(both, labels, strict=True)]),
        np.array([f"{s.name} {source} {g}" for (s, source), g in zip(both, [*members.groups, *others.groups], strict=True)]),
    )


def margin(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The label's logit less the logarithm of the others' exponentials, [n]: falls as the cross-entropy rises."""
    own = logits[np.arange(len(labels)), labels]
    others = np.where(np.arange(logits.shape[1]) == labels[:, None], -np.inf, logits)
    most = others.max(axis=1, keepdims=True)
    return own - (most[:, 0] + np.log(np.exp(others - most).sum(axis=1)))


def auc(member: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> float:
    """The chance that a member scores above another, by weights [n]; 0.5 is a coin."""
    _, place = np.unique(scores, return_inverse=True)
    inside, outside = (np.bincount(place, weights * (member == kind)) for kind in (True, False))
    total = inside.sum() * outside.sum()
    return float((inside * (outside.cumsum() - outside / 2)).sum() / total) if total else float("nan")


def by_strata(member: np.ndarray, scores: np.ndarray, weights: np.ndarray, strata: np.ndarray) -> float:
    """The mean of the AUCs of all strata that have both members and others."""
    found = [auc(member[at], scores[at], weights[at]) for at in (strata == s for s in np.unique(strata))]
    there = [value for value in found if np.isfinite(value)]
    return float(np.mean(there)) if there else float("nan")


def attack(crops: Crops, scores: np.ndarray, strata: np.ndarray | None = None) -> dict:
    """AUC with its 95 % interval by bootstrap over groups, and the share of members found at FALSE_ALARMS; no strata: one for all."""
    strata = np.zeros(len(crops), int) if strata is None else strata
    _, group = np.unique(crops.groups, return_inverse=True)
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(ROUNDS):
        count = np.bincount(rng.integers(0, group.max() + 1, group.max() + 1), minlength=group.max() + 1)
        drawn.append(by_strata(crops.member, scores, count[group].astype(float), strata))
    found = []
    for s in np.unique(strata):
        inside, outside = (scores[(strata == s) & (crops.member == kind)] for kind in (True, False))
        if len(inside) and len(outside):
            found.append((inside > np.quantile(outside, 1 - FALSE_ALARMS)).mean())
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return {
        "auc": round(by_strata(crops.member, scores, np.ones(len(crops)), strata), 4),
        "interval95": [round(float(low), 4), round(float(high), 4)],
        "found": round(float(np.mean(found)), 4),
        "members": int(crops.member.sum()),
        "others": int((~crops.member).sum()),
    }


def regress(features: np.ndarray, targets: np.ndarray, classes: int) -> np.ndarray:
    """Weights [features + 1, classes] of a logistic regression with a little decay; features are standardized by `standard` before."""
    inputs = np.hstack([features, np.ones((len(features), 1))])
    wanted = np.eye(classes)[targets]

    def cost(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(-1, classes)
        logits = inputs @ weights
        logits -= logits.max(axis=1, keepdims=True)
        log = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        slope = inputs.T @ (np.exp(log) - wanted) / len(inputs) + DECAY * weights
        return float(-(log * wanted).sum() / len(inputs) + DECAY / 2 * (weights**2).sum()), slope.ravel()

    found = optimize.minimize(cost, np.zeros(inputs.shape[1] * classes), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return found.x.reshape(-1, classes)


def standard(features: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Features by the mean and standard deviation of those at `of`, with a column of ones left to `regress`."""
    return (features - features[of].mean(axis=0)) / (features[of].std(axis=0) + 1e-6)


def apply(weights: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Logits of a regression."""
    return features @ weights[:-1] + weights[-1]


def statistics(images: np.ndarray) -> np.ndarray:
    """Plain statistics of uint8 crops: colors and their spread, a gray picture of 4x4, and how sharp it is."""
    rows = []
    for image in images:
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        sharp = np.log1p([cv2.Laplacian(gray, cv2.CV_32F).var(), cv2.Sobel(gray, cv2.CV_32F, 1, 0).var()])
        rows.append(
            [*image.mean(axis=(0, 1)), *image.std(axis=(0, 1)), *cv2.resize(gray, (4, 4), interpolation=cv2.INTER_AREA).ravel(), *sharp]
        )
    return np.array(rows)


def by_pixels(crops: Crops) -> np.ndarray:
    """Scores of a regression that guesses members from `statistics`; nobody of a group that it was taught on is asked."""
    features, scores = statistics(crops.images), np.zeros(len(crops))
    names, group = np.unique(crops.groups, return_inverse=True)
    fold = np.random.default_rng(SEED).integers(0, FOLDS, len(names))[group]
    for i in range(FOLDS):
        taught = fold != i
        ready = standard(features, taught)
        logits = apply(regress(ready[taught], crops.member[taught].astype(int), 2), ready[~taught])
        scores[~taught] = logits[:, 1] - logits[:, 0]
    return scores


def by_stranger(crops: Crops, elsewhere: Crops, centerface: Path) -> np.ndarray:
    """Margins of CenterFace's features, with a head that was taught on the crops of `elsewhere`: no crop that is asked about."""
    network = build()
    load_backbone(network, centerface)
    first = early()
    load_backbone(first, centerface)
    rest = keras.Model(network.get_layer(STEM).output, network.get_layer("squeeze").input)
    whole = keras.Model(first.input, keras.layers.AveragePooling2D(2)(rest(first.outputs[0])))
    everything = np.concatenate([elsewhere.images, crops.images])
    pixels = data.resize(data.recrop(everything, 0.0), first.input_shape[1])
    features = np.concatenate([np.asarray(whole(lite.unit(pixels[i : i + 64]))) for i in range(0, len(pixels), 64)]).reshape(
        len(pixels), -1
    )
    taught = np.arange(len(pixels)) < len(elsewhere)
    ready = standard(features, taught)
    weights = regress(ready[taught], elsewhere.labels, len(CLASSES))
    return margin(apply(weights, ready[~taught]), crops.labels)


def of_pack(subject: Subject, crops: Crops, thinned: Crops, everywhere: Crops) -> dict:
    """All attacks on one pack: on the crops of all sources, and of those that are in both splits."""
    size, border = subject.manifest["input"]["width"], subject.manifest["input"]["crop_margin"]
    logits = subject.logits("alone")

    def margins(of: Crops) -> np.ndarray:
        return margin(logits(lite.unit(data.resize(data.recrop(of.images, border), size))), of.labels)

    views = np.zeros(len(thinned))
    for view in range(VIEWS):
        changed = np.stack([augment(image, np.random.default_rng([SEED, view, i])) for i, image in enumerate(thinned.images)])
        views += margin(logits(lite.unit(changed)), thinned.labels) / VIEWS
    one = margins(crops)
    return {
        "all sources, one threshold": attack(everywhere, margins(everywhere)),
        "sources in both, one threshold": attack(crops, one),
        "the same, a threshold for each source and class": attack(crops, one, crops.strata),
        f"the same, mean of {VIEWS} augmented views": attack(thinned, views, thinned.strata),
    }


def measure(source: Path, packs: list[Path], work: Path, centerface: Path) -> dict:
    """Attacks on all packs and on the controls, those that are not yet kept in work. Raises DataError, PackError or BackboneError."""
    if not centerface.is_file():
        raise BackboneError(f"{centerface}: CenterFace's ONNX file is missing; run `make setup` or give --centerface")
    subjects = [open_subject(folder) for folder in packs]
    with data.Store(source) as store:
        fixes = data.corrections()
        train, val = (data.load(store, split, fixes, 0) for split in ("train", "val"))
        pasted = data.load(store, "train_pasted", fixes, 0) if any(e.split == "train_pasted" for e in data.entries(store)) else None
    shared = set(train.sources) & set(val.sources)
    if not shared:
        raise data.DataError(f"{source}: no source is in both train and val, so what an attack finds may be the source alone")
    inside, outside = (np.flatnonzero([(s in shared) == kind for s in train.sources]) for kind in (True, False))
    known = val.take(np.flatnonzero([s in shared for s in val.sources]))
    members = train.take(inside)
    crops, thinned, everywhere = crops_of(members, known), crops_of(data.thin(members, MOST), known), crops_of(train, val)
    elsewhere = crops_of(train.take(outside), pasted.take(np.arange(len(pasted))) if pasted else val.take([]))
    parts = Parts(work / "parts", {s.sha256: 60.0 for s in subjects} | {"stranger": 40.0, "pixels": 10.0})
    key = {"crops": len(crops), "views": VIEWS, "most": MOST, "rounds": ROUNDS, "source": source.name}
    found = {
        f"{s.manifest['name']} {s.manifest['version']}": parts.measure(
            s.sha256, key | {"model": s.sha256}, lambda s=s: of_pack(s, crops, thinned, everywhere)
        )
        for s in subjects
    }
    controls = {"pixels": lambda: attack(crops, by_pixels(crops), crops.strata)}
    if len(np.unique(elsewhere.labels)) == len(CLASSES):
        controls["stranger"] = lambda: attack(thinned, by_stranger(thinned, elsewhere, centerface), thinned.strata)
    return {
        "shared": sorted(shared),
        "packs": found,
        "controls": {name: parts.measure(name, key, run) for name, run in controls.items()},
        "taught": len(elsewhere),
    }


NAMES = {
    "stranger": "control: a network that met no member, a threshold for each",
    "pixels": "control: statistics of the pixels, a threshold for each",
}


def table(result: dict) -> str:
    """One row for each pack and attack, and for each control."""
    head = f"| who is asked | AUC | 95 % | members found at {FALSE_ALARMS:.0%} false alarms |"
    lines = [head, "| --- | --- | --- | --- |"]
    rows = [(f"{pack}: {name}", row) for pack, rows in result["packs"].items() for name, row in rows.items()]
    for name, row in rows + [(NAMES[name], row) for name, row in result["controls"].items()]:
        low, high = row["interval95"]
        lines.append(f"| {name} | {row['auc']:.3f} | {low:.3f} to {high:.3f} | {row['found']:.3f} |")
    return "\n".join(lines)


def section(result: dict) -> str:
    """The table with what it is of, for a document."""
    first = next(iter(result["packs"].values()))
    wide, narrow = first["all sources, one threshold"], first["sources in both, one threshold"]
    lines = [
        f"`make infer WRITE=1` asked for {wide['members']:,} members of `train` and {wide['others']:,} crops of `val`.",
        f"Of the sources in both ({', '.join(result['shared'])}) these are {narrow['members']:,} and {narrow['others']:,}.",
        "An AUC of 0.5 is a coin.",
        "",
        table(result),
    ]
    if "stranger" in result["controls"]:
        lines += ["", f"The head of the network that met no member was taught on {result['taught']:,} crops of other sources."]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Prints the table; returns 0, 65 for unusable input, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m training.infer", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--packs", type=Path, nargs="+", required=True, help="folders of the model packs")
    parser.add_argument("--work", type=Path, default=Path(".cache/infer"), help="folder of finished parts; a run there goes on")
    parser.add_argument("--centerface", type=Path, default=CENTERFACE, help="CenterFace's ONNX file (MASKWARDEN_CENTERFACE)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between the marks of this document")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    args = parser.parse_args(arguments)
    try:
        result = measure(args.data, args.packs, args.work, args.centerface)
        if args.write:
            publish.put(args.write, section(result), MARKS)
    except (data.DataError, PackError, BackboneError, publish.PublishError, OSError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    except KeyboardInterrupt:
        print(f"interrupted; what was measured is kept in {args.work}: run it again to go on", file=sys.stderr)
        return 130
    print(json.dumps(result) if args.json else plain(table(result)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
