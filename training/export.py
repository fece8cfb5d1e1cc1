"""Writes a model pack: every form of the network, golden inputs, patches, card and manifest.

Called at the end of a training run, or on its own: python -m training.export --weights final.weights.h5 --work DIR --data PATH --out DIR
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import fields
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import keras
import numpy as np

from training import attacks, data
from training.net.model import CENTERFACE, CLASSES, MARGIN, Architecture, BackboneError, build
from training.pack import card, golden, lite, manifest, patches, savedmodel
from training.plain import plain

LIMIT, FILE_LIMIT = 16_000_000, 4_000_000  # bytes: of a pack, and of one file of it
SAME = 1e-3  # largest difference of a logit between two float32 forms


class ExportError(RuntimeError):
    """The pack cannot be written or does not hold what it should."""


def write(
    model: keras.Model,
    folder: Path,
    name: str,
    version: int,
    splits: dict[str, data.Split],
    centerface: Path,
    work: Path,
    record: dict,
    other: keras.Model | None = None,
    effort: patches.Effort = patches.FULL,
    margin: float = MARGIN,
) -> None:
    """Writes the whole pack, unsigned, in place of what folder held; raises ExportError when its parts do not fit together.

    splits: `train` (calibration, golden faces, patches), `val` (choices) and `test` (agreement of the forms).
    work: where landmarks are kept. record: what training.json says of the run, besides data and parameters.
    other: a second network (base, for robust) that golden faces must be right for too, and patches are tried on.
    """
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "golden").mkdir(parents=True)
    work.mkdir(parents=True, exist_ok=True)
    train, val, test = (splits[key] for key in ("train", "val", "test"))
    networks = {role: _network(m) for role, m in {"own": model, "other": other}.items() if m is not None}

    calibrated = lite.write(model, fresh, train, val, margin)
    savedmodel.save(model, fresh / "savedmodel")
    # The gradients for evaluation come from this file; the optimizer's state stays in the work folder.
    model.save(fresh / "model.keras")
    forms = agreement(model, fresh, lite.crops(test, margin))
    for form in ("float32", "savedmodel", "keras"):
        if not forms[form]["largest_difference"] <= SAME:  # also when it is NaN
            raise ExportError(f"{fresh}: {form} differs from the trained network by {forms[form]['largest_difference']:.2g} in a logit")
    _dump(fresh / "agreement.json", {"split": test.name, "images": len(test), "int8_calibrated_on": calibrated, "forms": forms})
    faces = _faces(fresh, golden.make(train, [*networks.values(), *_shipped(fresh)], centerface, work / "landmarks-golden.npz", margin))
    entries, successes = patches.make(networks, train, val, margin, fresh, effort)
    _dump(fresh / "patches" / "patches.json", {"steps": effort.steps, "batch": effort.batch, "measured_on": val.name, "success": successes})
    counts = {key: {"images": _counts(s), "sources": sorted(set(s.sources))} for key, s in splits.items()}
    _dump(fresh / "training.json", record | {"data": counts, "parameters": model.count_params()})
    described = manifest.describe(fresh, name, version, margin, faces, entries)
    card.write(fresh, described)
    manifest.write(fresh, described)
    _check_size(fresh)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def agreement(model: keras.Model, folder: Path, images: np.ndarray) -> dict[str, dict]:
    """Each form of the network below folder against `model` on uint8 images [n, 96, 96, 3].

    Returns, by form, the share of equal answers and the largest difference of a logit.
    """
    want = lite.answers(_network(model), images)
    served = savedmodel.load(folder / "savedmodel")["serving_default"]
    found = {kind: lite.run_all(folder / file, images) for kind, file in lite.FILES.items()}
    found["savedmodel"] = lite.answers(lambda x: served(image=x)["logits"], images)
    found["keras"] = lite.answers(_network(keras.models.load_model(folder / "model.keras", compile=False)), images)
    return {
        form: {
            "same_answer": round(float(np.mean(logits.argmax(axis=1) == want.argmax(axis=1))), 4),
            "largest_difference": float(f"{np.abs(logits - want).max():.3g}"),
        }
        for form, logits in found.items()
    }


def record_of(work: Path) -> dict:
    """What a run's work folder says of it: settings, best epoch and curves."""
    rows = (work / "curves.jsonl").read_text(encoding="utf-8").splitlines()
    settings = json.loads((work / "settings.json").read_text(encoding="utf-8"))
    best = json.loads((work / "best.json").read_text(encoding="utf-8"))
    offsets = json.loads((work / "balance.json").read_text(encoding="utf-8"))
    return {"settings": settings, "best_epoch": best["epoch"], "offsets": offsets, "curves": [json.loads(row) for row in rows]}


def _network(model: keras.Model) -> attacks.Network:
    return lambda x: model(x, training=False)


def _shipped(folder: Path) -> list[attacks.Network]:
    """The TensorFlow Lite files as networks: each must know the golden faces."""
    return [lambda x, file=file: lite.run(folder / file, np.asarray(x)) for file in lite.FILES.values()]


def _faces(folder: Path, faces: list[golden.Face]) -> list[dict]:
    entries, number = [], dict.fromkeys(CLASSES, 0)
    for face in faces:
        number[face.label] += 1
        file = f"golden/{face.label}-{number[face.label]}.png"
        cv2.imwrite(str(folder / file), cv2.cvtColor(face.image, cv2.COLOR_RGB2BGR))
        entries.append({"file": file, "label": face.label})
    missing = {c: golden.FACES - n for c, n in number.items() if n < golden.FACES}
    if missing:
        text = ", ".join(f"{c} {n}" for c, n in missing.items())
        print(f"too few golden faces, since no more averages are classified right; missing: {text}", file=sys.stderr)
    said = [{"file": e["file"], "people": sum(f.sources.values()), "sources": f.sources} for e, f in zip(entries, faces, strict=True)]
    _dump(folder / "golden" / "golden.json", {"k": golden.K, "seed": golden.SEED, "from": "train", "faces": said})
    return entries


def _counts(split: data.Split) -> dict[str, int]:
    return {c: int(np.sum(split.labels == i)) for i, c in enumerate(CLASSES)}


def _dump(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _check_size(folder: Path) -> None:
    sizes = {p: p.stat().st_size for p in folder.rglob("*") if p.is_file()}
    for path, size in sizes.items():
        if size > FILE_LIMIT:
            raise ExportError(f"{path}: {size} bytes, more than {FILE_LIMIT}; take a smaller network")
    if sum(sizes.values()) > LIMIT:
        raise ExportError(f"{folder}: {sum(sizes.values())} bytes, more than {LIMIT}; take a smaller network")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="weights of the network, as final.weights.h5 of a run's work folder")
    parser.add_argument("--work", type=Path, required=True, help="the run's work folder: its settings and curves")
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model pack to write")
    parser.add_argument("--name", default="robust")
    parser.add_argument("--version", type=int, default=1, help="higher than that of any pack of this name in use")
    parser.add_argument(
        "--other", type=Path, help="a pack whose network must classify the golden faces right, too; patches are tried on it"
    )
    parser.add_argument("--centerface", type=Path, default=CENTERFACE, help="CenterFace's ONNX file (MASKWARDEN_CENTERFACE)")
    parser.add_argument("--minimum", type=int, default=20, help="least images per class of train")
    parser.add_argument("--patch-steps", type=int, default=patches.Effort.steps, help="gradient steps of each stored patch")
    return parser.parse_args(arguments)


def run(args: argparse.Namespace) -> None:
    """Loads weights and data, writes the pack."""
    try:
        record = record_of(args.work)
        known = {f.name: record["settings"][f.name] for f in fields(Architecture) if f.name != "light" or "light" in record["settings"]}
        model = build(Architecture(**{k: tuple(v) if isinstance(v, list) else v for k, v in known.items()}))
        model.load_weights(args.weights)
    except (OSError, KeyError, ValueError) as err:
        raise ExportError(f"{args.weights}: not the weights of the run in {args.work}: {err}") from err
    splits = load_splits(args.data, args.minimum)
    other = None if args.other is None else keras.models.load_model(args.other / "model.keras", compile=False)
    write(model, args.out, args.name, args.version, splits, args.centerface, args.work, record, other, patches.Effort(args.patch_steps))


def load_splits(source: Path, minimum: int, names: tuple[str, ...] = ("train", "val", "test")) -> dict[str, data.Split]:
    """Splits of the crops at source, by name; a class of `train` must have `minimum` crops."""
    fixes = data.corrections()
    with data.Store(source) as store:
        return {key: data.load(store, key, fixes, minimum if key == "train" else 1) for key in names}


def main(arguments: list[str] | None = None) -> int:
    """Returns 0, or 65 for unusable input."""
    args = parse(arguments)
    try:
        run(args)
    except (data.DataError, BackboneError, ExportError, manifest.PackError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    print(f"wrote {args.out}, unsigned")
    return 0


if __name__ == "__main__":
    sys.exit(main())
