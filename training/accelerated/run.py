"""Trains on an accelerator for so many minutes: python -m training.accelerated.run --crops FILE --start FILE --out DIR."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from training.accelerated import crops, weights
from training.accelerated.feed import Feed
from training.fit.batches import Batches
from training.fit.settings import PRESETS, Settings, override
from training.net.model import CLASSES, Architecture

WARM = 200  # steps until the rate is reached


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.accelerated.run", description=__doc__)
    parser.add_argument("--crops", type=Path, required=True, help="what training.accelerated.crops wrote")
    parser.add_argument("--start", type=Path, required=True, help="weights to begin with (.npz, training.accelerated.convert)")
    parser.add_argument(
        "--teacher", type=Path, action="append", default=[], help="weights whose answers are part of the targets; several are averaged"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for weights and curve")
    parser.add_argument("--model", choices=sorted(PRESETS), default="robust", help="base trains without attacks")
    parser.add_argument("--minutes", type=float, required=True, help="how long it may train; the rate falls over that time")
    parser.add_argument("--blocks", type=int, default=8, help="batches of the settings' size in each step")
    parser.add_argument("--measure", type=float, default=60, help="seconds between figures on val")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument(
        "--guards", type=float, nargs=2, default=(0.6, 0.4), help="weights of -log(1 - p(correct)): unmasked faces, masks worn incorrectly"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrides a setting (fit/settings.py)")
    return parser.parse_args(arguments)


def rate(s: Settings, step: int, elapsed: float) -> float:
    """Learning rate: a warm-up, then half a cosine over the share of the time that has passed."""
    return s.rate * min(1.0, (step + 1) / WARM) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(elapsed, 1.0))))


def architecture(s: Settings, arrays: weights.Arrays) -> Architecture:
    """That of the settings, or for a teacher that of its weights: with as many blocks as it has."""
    blocks = 1 + max(int(name[1:].split("_")[0]) for name in arrays if name.startswith("b") and name[1].isdigit())
    light = bool(arrays.get("light", ((0,), 0))[0][0])
    return Architecture(tuple(s.stem), blocks, s.squeeze, s.dropout, light)


def run(args: argparse.Namespace) -> None:
    """Loads, trains until the time is over, writes the average of the weights."""
    s = override(PRESETS[args.model], args.set)
    splits, points = crops.unpack(args.crops)
    pasted = splits["train_pasted"] if s.pasted > 0 else None
    feed = Feed(Batches(splits["train"], pasted, points, s), args.workers)  # before JAX starts its threads
    try:
        _train(args, s, splits, feed)
    finally:
        feed.close()


def _train(args: argparse.Namespace, s: Settings, splits: dict, feed: Feed) -> None:
    import jax
    import jax.numpy as jnp

    from training.accelerated import measure, step

    print(f"{jax.devices()[0]}, {args.workers} processes make batches", flush=True)
    on_device = lambda arrays: jax.tree.map(jnp.asarray, {k: v for k, v in arrays.items() if k != "light"})  # noqa: E731
    arrays = weights.load(args.start)
    arch = replace(architecture(s, arrays), light=s.light)
    teachers = [step.Teacher(on_device(a), architecture(s, a)) for a in map(weights.load, args.teacher)]
    key = jax.random.key(s.seed)
    side = s.patch_sides[1]
    state = step.begin(on_device(arrays), jax.random.uniform(key, (len(CLASSES) ** 2 * 24, side, side, 3)))
    advance, meter = step.stepper(s, arch, teachers, tuple(args.guards)), measure.Meter(splits["val"], s, arch)
    args.out.mkdir(parents=True, exist_ok=True)
    rng, count, losses = np.random.default_rng(s.seed), 0, []
    for t, teacher in enumerate(teachers):
        print(
            json.dumps({"teacher": str(args.teacher[t])} | measure.Meter(splits["val"], s, teacher.arch).measure(teacher.weights)),
            flush=True,
        )
    begin = last = time.monotonic()
    while True:
        elapsed = (time.monotonic() - begin) / (60 * args.minutes)
        if count % 50 == 0 and (elapsed >= 1 or time.monotonic() - last > args.measure or count in (0, 50)):
            row = {
                "step": count,
                "minutes": round(elapsed * args.minutes, 2),
                "made": feed.total(),
                "loss": round(float(np.mean(losses or [0])), 4),
            }
            losses, last = [], time.monotonic()
            row |= meter.measure(state.average)
            print(json.dumps(row), flush=True)
            with (args.out / "curve.jsonl").open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
            weights.save(
                args.out / "average.npz", {k: v for k, v in state.average.items()} | {"light": (np.array([float(s.light)]), np.zeros(1))}
            )
            if not math.isfinite(row["loss"]):
                raise FloatingPointError(f"step {count}: the loss is {row['loss']}; lower the rate")
        if elapsed >= 1:
            return
        images, labels = feed.take(args.blocks, rng)
        key, now = jax.random.split(key)
        state, value = advance(state, images, labels, jnp.float32(rate(s, count, elapsed)), now)
        count += 1
        if count % 10 == 0:
            losses.append(float(value))


def main(arguments: list[str] | None = None) -> int:
    """Returns 0."""
    run(parse(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
