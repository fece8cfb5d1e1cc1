"""Trains the classifier and writes a model pack: python -m training.train --data PATH --out DIR --work DIR."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # a quarter faster where it is not the default

import keras
import numpy as np
import tensorflow as tf

from training import balance, data, export, landmarks, manifest, patches, stem, validation
from training.adversary import Adversary
from training.batches import Batches
from training.model import CLASSES, Architecture, BackboneError, build, load_backbone
from training.settings import PRESETS, Settings, SettingsError, pin

CENTERFACE = Path(os.environ.get("MASKWARDEN_CENTERFACE", ".cache/assets/centerface.onnx"))
CORRECTIONS = Path(__file__).parent / "corrections.csv"


class Trainer:
    """One resumable run: its network, the moving average of its weights, optimiser and checkpoints."""

    def __init__(self, settings: Settings, work: Path, centerface: Path, start: Path | None = None) -> None:
        self.settings, self.work = settings, work
        arch = Architecture(tuple(settings.stem), settings.blocks, settings.squeeze, settings.dropout)
        keras.utils.set_random_seed(settings.seed)
        self.model, self.average = build(arch), build(arch)
        if start is None:
            load_backbone(self.model, centerface)
        else:
            _begin_with(self.model, start)
        self.adversary = Adversary(lambda x: self.model(x, training=False), settings)
        self.average.set_weights(self.model.get_weights())
        self.optimizer = keras.optimizers.AdamW(settings.rate, weight_decay=settings.weight_decay, global_clipnorm=5.0)
        self.optimizer.build(self.model.trainable_variables)
        self.epoch = tf.Variable(0, dtype=tf.int64)
        self.best = tf.Variable(-1.0, dtype=tf.float64)
        self.best_epoch = tf.Variable(0, dtype=tf.int64)
        state = tf.train.Checkpoint(
            model=self.model,
            average=self.average,
            optimizer=self.optimizer,
            epoch=self.epoch,
            best=self.best,
            best_epoch=self.best_epoch,
            bank=self.adversary.patcher.bank,
        )
        self.checkpoints = tf.train.CheckpointManager(state, str(work / "checkpoints"), max_to_keep=2)
        self.checkpoints.restore_or_initialize()

    def teach_stem(self, batches: Batches, centerface: Path) -> None:
        """What comes before the first epoch, once."""
        if int(self.epoch) == 0 and self.settings.stem_steps:
            stem.teach(self.model, centerface, batches, self.settings.stem_steps)
            self.average.set_weights(self.model.get_weights())

    @tf.function
    def _step(self, images: tf.Tensor, labels: tf.Tensor, strength: tf.Tensor, seed: tf.Tensor, attacked: bool) -> tf.Tensor:
        s = self.settings
        if attacked:
            images = self.adversary.change(images, labels, strength, seed)
        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            targets = tf.one_hot(labels, len(CLASSES)) * (1 - s.smoothing) + s.smoothing / len(CLASSES)
            value = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))
            if s.guard:
                value += s.guard * guard(logits, labels)
        variables = self.model.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(value, variables), variables, strict=True))
        for mean, now in zip(self.average.trainable_variables, variables, strict=True):
            mean.assign(s.ema * mean + (1 - s.ema) * now)
        return value

    def rate(self, step: int) -> float:
        """Learning rate at a step: up to 200 steps of warm-up, then a half cosine to one per cent."""
        total = self.settings.epochs * self.settings.steps_per_epoch
        warm = min(1.0, (step + 1) / min(200, max(1, total // 10)))
        return self.settings.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / total)))

    def strength(self, epoch: float) -> float:
        """Strength of the attacks at a (fractional) epoch: 0 while clean, then a linear ramp to 1."""
        s = self.settings
        if epoch < s.clean_epochs or not s.attacked:
            return 0.0
        return min(1.0, (epoch - s.clean_epochs + 0.25) / max(s.ramp_epochs, 0.25))

    def fit(self, batches: Batches, judge: validation.Judge) -> None:
        """Trains from the last checkpoint to the end or until `val` stops improving; keeps the best average."""
        s = self.settings
        started, first = time.monotonic(), int(self.epoch)
        for epoch in range(first, s.epochs):
            # Robust overfitting shows on val; the patience counts only once the attack is at full strength.
            settled = epoch >= s.clean_epochs + s.ramp_epochs
            if settled and int(self.best_epoch) and epoch - int(self.best_epoch) > s.patience:
                print(f"stopped: no better on val since epoch {int(self.best_epoch)}", flush=True)
                break
            row = self._epoch(batches, epoch)
            due = (epoch + 1) % s.validate_every == 0 and (epoch >= s.clean_epochs or not s.attacked)
            if due or epoch + 1 in (s.clean_epochs, s.epochs):
                row |= judge.measure()
                self._keep(row, epoch, settled)
            self.epoch.assign(epoch + 1)
            self.checkpoints.save()
            left = (time.monotonic() - started) / (epoch + 1 - first) * (s.epochs - epoch - 1)
            with (self.work / "curves.jsonl").open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
            text = "  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items())
            print(f"{text}  left {left / 60:.0f} min", flush=True)

    def _epoch(self, batches: Batches, epoch: int) -> dict:
        s = self.settings
        begin, losses = time.monotonic(), []
        first = epoch * s.steps_per_epoch
        for i, (images, labels) in enumerate(batches.run(first, first + s.steps_per_epoch)):
            step = first + i
            self.optimizer.learning_rate.assign(self.rate(step))
            strength = self.strength(step / s.steps_per_epoch)
            seed = tf.constant([s.seed, step], tf.int32)
            value = self._step(tf.constant(images), tf.constant(labels), tf.constant(strength, tf.float32), seed, strength > 0)
            losses.append(float(value))
            if not math.isfinite(losses[-1]):
                raise FloatingPointError(f"epoch {epoch + 1}: the loss is {losses[-1]}; lower the rate")
        return {
            "epoch": epoch + 1,
            "loss": float(np.mean(losses)),
            "strength": round(self.strength(epoch + 1), 2),
            "seconds": round(time.monotonic() - begin, 1),
        }

    def _keep(self, row: dict, epoch: int, settled: bool) -> None:
        # The clean phase must not win a robust run: its scores do not count against later ones.
        score = sum(row[key] for key in validation.KEYS)
        if score > float(self.best) or (settled and int(self.best_epoch) <= self.settings.clean_epochs):
            self.best.assign(score)
            self.best_epoch.assign(epoch + 1)
            self.average.save_weights(self.work / "best.weights.h5")
            (self.work / "best.json").write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")


def guard(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Mean over the batch of -log(1 - p(correct)) of its bare faces; logits [n, 3], labels int [n]."""
    correct = CLASSES.index("correct")
    others = [i for i in range(len(CLASSES)) if i != correct]
    cost = tf.reduce_logsumexp(logits, axis=1) - tf.reduce_logsumexp(tf.gather(logits, others, axis=1), axis=1)
    return tf.reduce_mean(tf.where(labels == CLASSES.index("none"), cost, 0.0))


def _begin_with(model: keras.Model, start: Path) -> None:
    try:
        model.set_weights(keras.models.load_model(start, compile=False).get_weights())
    except (OSError, ValueError) as err:
        raise BackboneError(f"{start}: not a Keras file of this network: {err}; give a pack's model.keras, or no --start") from err


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model pack to write")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and curves; a run there resumes")
    parser.add_argument("--model", choices=sorted(PRESETS), default="robust", help="base trains without attacks")
    parser.add_argument("--centerface", type=Path, default=CENTERFACE, help="CenterFace's ONNX file (MASKWARDEN_CENTERFACE)")
    parser.add_argument("--start", type=Path, help="a pack's model.keras to begin with, in place of CenterFace and the clean epochs")
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
    known = Settings.__dataclass_fields__
    for item in args.set:
        key, _, value = item.partition("=")
        if key not in known:
            raise SettingsError(f"--set {item}: no setting {key!r}; there are {', '.join(known)}")
        try:
            settings = replace(settings, **{key: json.loads(value)})
        except json.JSONDecodeError as err:
            raise SettingsError(f"--set {item}: {value!r} is not a JSON value") from err
    return settings


def run(args: argparse.Namespace) -> None:
    """Loads, trains, exports."""
    if not args.centerface.is_file():
        raise BackboneError(f"{args.centerface}: CenterFace's ONNX file is missing; run `make setup` or give --centerface")
    if args.start is not None and not args.start.is_file():
        raise BackboneError(f"{args.start}: no such file; give a pack's model.keras, or no --start")
    settings = settings_of(args)
    args.work.mkdir(parents=True, exist_ok=True)
    pin(settings, args.work)
    fixes = data.corrections(CORRECTIONS)
    with data.Store(args.data, args.work) as store:
        train = data.load(store, "train", fixes, args.minimum)
        val = data.load(store, "val", fixes, max(1, args.minimum // 4))
        has_pasted = settings.pasted > 0 and any(e.split == "train_pasted" for e in data.entries(store))
        pasted = data.load(store, "train_pasted", fixes, 0) if has_pasted else None
        test = data.load(store, "test", None, 0)
    splits = [split for split in (train, val, pasted) if split is not None]
    for split in splits:
        print(data.report(split), flush=True)
    data.write_skipped(args.work / "skipped.csv", splits)
    bare = data.Rows(train.images, np.flatnonzero(train.labels == CLASSES.index("none")))
    print(f"landmarks of {len(bare)} bare faces ...", flush=True)
    points = landmarks.find_all(bare, args.centerface, args.work / "landmarks.npz")
    trainer = Trainer(settings, args.work, args.centerface, args.start)
    if int(trainer.epoch):
        print(f"resuming after epoch {int(trainer.epoch)}", flush=True)
    batches = Batches(train, pasted, points, settings)
    trainer.teach_stem(batches, args.centerface)
    trainer.fit(batches, validation.Judge(trainer.average, val, settings))
    trainer.average.load_weights(args.work / "best.weights.h5")
    offsets = balance.fold(trainer.average, validation.inputs(val), val.labels)
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
        print(f"error: {err}", file=sys.stderr)
        return 78 if isinstance(err, SettingsError) else 65
    return 0


if __name__ == "__main__":
    sys.exit(main())
