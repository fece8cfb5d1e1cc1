"""One training run: epochs, the attacks' strength, the moving average, checkpoints."""

from __future__ import annotations

import contextlib
import json
import math
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from training.accelerated import convert, weights
from training.fit import validation
from training.fit.adversary import Adversary
from training.fit.batches import Batches
from training.fit.settings import Settings
from training.fit.workers import Workers
from training.net import stem
from training.net.model import CLASSES, Architecture, BackboneError, adopt, build, load_backbone


class Trainer:
    """One resumable run: its network, the moving average of its weights, optimizer and checkpoints."""

    def __init__(
        self,
        settings: Settings,
        work: Path,
        centerface: Path,
        start: Path | None = None,
        teacher: Path | None = None,
        workers: Workers | None = None,
    ) -> None:
        self.settings, self.work, self.workers = settings, work, workers
        # What each worker has a copy of that the others keep alike. The rest of the state is each worker's own.
        scope = workers.strategy.scope if workers else contextlib.nullcontext
        self.teacher = None if teacher is None else _load(teacher)
        arch = Architecture(tuple(settings.stem), settings.blocks, settings.squeeze, settings.dropout, settings.light)
        keras.utils.set_random_seed(settings.seed)
        with scope():
            self.model = build(arch)
        self.average = build(arch)
        if start is None:
            load_backbone(self.model, centerface)
        else:
            _begin_with(self.model, start)
        self.adversary = Adversary(lambda x: self.model(x, training=False), workers.local(settings) if workers else settings)
        self.average.set_weights(self.model.get_weights())
        with scope():
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
            stem.teach(self.average, centerface, batches, self.settings.stem_steps)
            weights = self.average.get_weights()
            self.model.set_weights(self.workers.of_first(weights) if self.workers else weights)
            self.average.set_weights(self.model.get_weights())

    @tf.function
    def _step(self, images: tf.Tensor, labels: tf.Tensor, strength: tf.Tensor, seed: tf.Tensor, attacked: bool) -> tf.Tensor:
        if self.workers is None:
            return self._one(images, labels, strength, seed, attacked)
        return self.workers.strategy.run(self._one, (images, labels, strength, seed, attacked))

    def _one(self, images: tf.Tensor, labels: tf.Tensor, strength: tf.Tensor, seed: tf.Tensor, attacked: bool) -> tf.Tensor:
        s = self.settings
        targets = self._targets(images, labels)
        if attacked:
            images = self.adversary.change(images, labels, strength, seed)
        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            value = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))
            if s.guard:
                value += s.guard * guard(logits, labels)
        variables = self.model.trainable_variables
        slopes = tape.gradient(value, variables)
        if self.workers:
            together = tf.distribute.get_replica_context()
            slopes, value = together.all_reduce(tf.distribute.ReduceOp.MEAN, [slopes, value])
        self.optimizer.apply_gradients(zip(slopes, variables, strict=True))
        for mean, now in zip(self.average.trainable_variables, variables, strict=True):
            mean.assign(s.ema * mean + (1 - s.ema) * now)
        return value

    def _targets(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Probabilities [n, 3]: the smoothed label, mixed with what the teacher says of the picture that nobody attacked."""
        s = self.settings
        targets = tf.one_hot(labels, len(CLASSES)) * (1 - s.smoothing) + s.smoothing / len(CLASSES)
        if self.teacher is None:
            return targets
        return (1 - s.taught) * targets + s.taught * tf.nn.softmax(self.teacher(images, training=False))

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

    def fit(self, batches: Batches, validator: validation.Validator | None) -> None:
        """Trains from the last checkpoint to the end or until `val` stops improving; keeps the best average.

        Without a validator nothing is compared, and the average of the end is what there is.
        """
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
            if validator is not None and (due or epoch + 1 in (s.clean_epochs, s.epochs)):
                row |= validator.measure()
                self._keep(row, epoch, settled)
            self.epoch.assign(epoch + 1)
            if self.workers and not self.workers.first:
                continue
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
            seed = tf.constant([self.adversary.settings.seed, step], tf.int32)
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
        # All must agree on when to stop.
        score = self.workers.mean(score) if self.workers else score
        if score > float(self.best) or (settled and int(self.best_epoch) <= self.settings.clean_epochs):
            self.best.assign(score)
            self.best_epoch.assign(epoch + 1)
            if self.workers and not self.workers.first:
                return
            self.average.save_weights(self.work / "best.weights.h5")
            (self.work / "best.json").write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")


def guard(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Mean over the batch of -log(1 - p(correct)) of its unmasked faces; logits [n, 3], labels int [n]."""
    correct = CLASSES.index("correct")
    others = [i for i in range(len(CLASSES)) if i != correct]
    cost = tf.reduce_logsumexp(logits, axis=1) - tf.reduce_logsumexp(tf.gather(logits, others, axis=1), axis=1)
    return tf.reduce_mean(tf.where(labels == CLASSES.index("none"), cost, 0.0))


def _begin_with(model: keras.Model, start: Path) -> None:
    try:
        adopt(model, _load(start))
    except ValueError as err:
        raise BackboneError(f"{start}: not a Keras file of this network: {err}; give a pack's model.keras, or no --start") from err


def _load(path: Path) -> keras.Model:
    try:
        if path.suffix == ".npz":
            return convert.to_model(weights.load(path))
        return keras.models.load_model(path, compile=False)
    except (OSError, ValueError, KeyError) as err:
        raise BackboneError(f"{path}: not a Keras file, nor weights of training.accelerated: {err}; give a pack's model.keras") from err
