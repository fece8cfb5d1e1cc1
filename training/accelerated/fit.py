"""One phase of a run: a network, its compiled step, and the time it has."""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from training import data
from training.accelerated import step, weights
from training.accelerated.feed import Feed
from training.accelerated.measure import Meter
from training.fit.settings import Settings

WARM = 200  # steps until the rate is reached


class Phase:
    """Trains one network on what a feed gives, until a moment."""

    def __init__(self, name: str, s: Settings, arrays: weights.Arrays, val: data.Split, args: argparse.Namespace) -> None:
        self.name, self.s, self.args = name, s, args
        self.arch = replace(weights.architecture(s, arrays), light=s.light)
        self.meter = Meter(val, s, self.arch)
        first = {layer: tuple(jnp.asarray(v) for v in pair) for layer, pair in arrays.items() if layer != weights.LIGHT}
        self.state = step.begin(first, s)
        self.step = None

    def teacher(self) -> step.Teacher:
        """The network as one that teaches."""
        return step.Teacher(jax.tree.map(jnp.array, self.state.average), self.arch)

    def compile(self, feed: Feed, teacher: step.Teacher | None) -> None:
        """Compiles the step for the feed's batches, and the figures."""
        began = time.monotonic()
        images, labels = feed.take(self.args.blocks, np.random.default_rng(0))
        stepper = step.stepper(self.s, self.arch, teacher.arch if teacher else None, tuple(self.args.guards))
        lessons = teacher.weights if teacher else None
        self.step = stepper.lower(self.state, lessons, images, labels, jnp.float32(0), jax.random.key(0)).compile()
        self.meter.measure(self.state.average)
        print(f"{self.name}: compiled in {time.monotonic() - began:.0f} s", flush=True)

    def fit(self, feed: Feed, end: float, teacher: step.Teacher | None) -> None:
        """Trains until time.monotonic() is `end`; the average of the weights is kept in the folder of the run."""
        if self.step is None:
            self.compile(feed, teacher)
        s, args, losses, count = self.s, self.args, [], 0
        lessons = teacher.weights if teacher else None
        rng, key = np.random.default_rng(s.seed), jax.random.key(s.seed + 1)
        begin = last = time.monotonic()
        self._keep(0, 0.0, feed, [])
        while (now := time.monotonic()) < end or count == 0:  # a step at least, however long the compiler took
            images, labels = feed.take(args.blocks, rng)
            key, mine = jax.random.split(key)
            speed = jnp.float32(rate(s, count, (now - begin) / max(end - begin, 1e-6)))
            self.state, value = self.step(self.state, lessons, images, labels, speed, mine)
            count += 1
            if count % 10 == 0:
                losses.append(float(value))
            if now - last > args.every and losses:
                self._keep(count, now - begin, feed, losses)
                last, losses = now, []
        self._keep(count, time.monotonic() - begin, feed, losses)

    def _keep(self, count: int, seconds: float, feed: Feed, losses: list[float]) -> None:
        row = {
            "phase": self.name,
            "step": count,
            "seconds": round(seconds, 1),
            "made": feed.total(),
            "loss": round(float(np.mean(losses or [0.0])), 4),
        }
        if not math.isfinite(row["loss"]):
            raise FloatingPointError(f"{self.name}, step {count}: the loss is {row['loss']}; lower the rate")
        weights.save(self.args.out / f"{self.name}.npz", dict(self.state.average) | {weights.LIGHT: weights.light_of(self.arch.light)})
        say(row | self.meter.measure(self.state.average), self.args.out / "curve.jsonl")


def rate(s: Settings, step: int, passed: float) -> float:
    """Learning rate: a warm-up, then half a cosine over the share of the time that has passed."""
    return s.rate * min(1.0, (step + 1) / WARM) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(passed, 1.0))))


def say(row: dict, path: Path) -> None:
    """Prints a row of the curve and adds it to the file."""
    print(json.dumps(row), flush=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")
