"""Trains the classifier and writes a model pack: python -m training.train --data PATH --out DIR --work DIR."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # a quarter faster where it is not the default

import numpy as np

from training import data, export
from training.draw import landmarks
from training.fit import balance, validation, workers
from training.fit.batches import Batches
from training.fit.settings import PRESETS, Settings, SettingsError, override, pin
from training.fit.trainer import Trainer
from training.net.model import CENTERFACE, CLASSES, BackboneError
from training.pack import manifest, patches
from training.plain import plain


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model pack to write")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and curves; a run there resumes")
    parser.add_argument("--model", choices=sorted(PRESETS), default="robust", help="base trains without attacks")
    parser.add_argument("--centerface", type=Path, default=CENTERFACE, help="CenterFace's ONNX file (MASKWARDEN_CENTERFACE)")
    parser.add_argument("--start", type=Path, help="a pack's model.keras to begin with, in place of CenterFace and the clean epochs")
    parser.add_argument("--teacher", type=Path, help="a model.keras that was trained without attacks: what it says is half of each target")
    parser.add_argument("--version", type=int, default=1, help="of the pack: higher than that of any of its name in use")
    parser.add_argument("--epochs-scale", type=float, default=1.0, help="multiplies the epochs")
    parser.add_argument("--steps", type=int, help="tiny run: two epochs of so many steps")
    parser.add_argument("--minimum", type=int, default=20, help="least images per class and split")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrides a setting (settings.py)")
    return parser.parse_args(arguments)


def settings_of(args: argparse.Namespace) -> Settings:
    """The preset, scaled and overridden as the arguments say."""
    settings = PRESETS[args.model].scaled(args.epochs_scale)
    if args.steps:
        settings = replace(settings, steps_per_epoch=args.steps, stem_steps=2, epochs=2, clean_epochs=1, ramp_epochs=1, validate_every=1)
    if args.start is not None:
        settings = settings.resumed(hashlib.sha256(args.start.read_bytes()).hexdigest())
    if args.teacher is not None:
        settings = replace(settings, teacher=hashlib.sha256(args.teacher.read_bytes()).hexdigest())
    return override(settings, args.set)


def run(args: argparse.Namespace) -> None:
    """Loads, trains, exports."""
    if not args.centerface.is_file():
        raise BackboneError(f"{args.centerface}: CenterFace's ONNX file is missing; run `make setup` or give --centerface")
    for option, file in {"start": args.start, "teacher": args.teacher}.items():
        if file is not None and not file.is_file():
            raise BackboneError(f"{file}: no such file; give a pack's model.keras, or no --{option}")
    settings = settings_of(args)
    together = workers.from_environment()
    local = together.local(settings) if together else settings
    mine = (lambda group: workers.share(group, together.index, together.count)) if together else None
    own = together.folder(args.work) if together else args.work
    own.mkdir(parents=True, exist_ok=True)
    pin(settings, args.work)
    fixes = data.corrections()
    with data.Store(args.data, own) as store:
        train = data.load(store, "train", fixes, args.minimum, mine)
        val = data.load(store, "val", fixes, max(1, args.minimum // 4))
        has_pasted = settings.pasted > 0 and any(e.split == "train_pasted" for e in data.entries(store))
        pasted = data.load(store, "train_pasted", fixes, 0, mine) if has_pasted else None
        test = data.load(store, "test", None, 0)
    splits = [split for split in (train, val, pasted) if split is not None]
    for split in splits:
        print(plain(data.report(split)), flush=True)
    data.write_skipped(own / "skipped.csv", splits)
    unmasked = data.Rows(train.images, np.flatnonzero(train.labels == CLASSES.index("none")))
    print(f"landmarks of {len(unmasked)} unmasked faces ...", flush=True)
    points = landmarks.find_all(unmasked, args.centerface, own / "landmarks.npz")
    trainer = Trainer(settings, args.work, args.centerface, args.start, args.teacher, together)
    if int(trainer.epoch):
        print(f"resuming after epoch {int(trainer.epoch)}", flush=True)
    batches = Batches(train, pasted, points, local)
    trainer.teach_stem(batches, args.centerface)
    validator = validation.Validator(trainer.average, val, settings)
    trainer.fit(batches, validator)
    if together and not together.first:
        print("trained; the first worker writes the pack", flush=True)
        return
    trainer.average.load_weights(args.work / "best.weights.h5")
    attacked = [(images, validator.part.labels) for images in validator.attacked().values()]
    offsets = balance.fold(trainer.average, (validator.clean, val.labels), attacked)
    (args.work / "balance.json").write_text(json.dumps(offsets) + "\n", encoding="utf-8")
    trainer.average.save_weights(args.work / "final.weights.h5")
    used = {"train": train, "val": val, "test": test}
    effort = patches.Effort(args.steps) if args.steps else patches.FULL
    export.write(
        trainer.average, args.out, args.model, args.version, used, args.centerface, args.work, export.record_of(args.work), effort=effort
    )
    print(f"wrote {args.out}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Returns 0, 65 for unusable input, 78 for unusable settings."""
    args = parse(arguments)
    try:
        run(args)
    except (data.DataError, BackboneError, SettingsError, export.ExportError, manifest.PackError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 78 if isinstance(err, SettingsError) else 65
    return 0


if __name__ == "__main__":
    sys.exit(main())
