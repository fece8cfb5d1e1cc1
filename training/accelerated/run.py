"""Trains on an accelerator for so many minutes: python -m training.accelerated.run --crops FILE --start FILE --out DIR.

First, where it is asked for, a teacher without attacks; then the network itself, whose targets are partly what the teacher says.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from training.accelerated import crops, weights
from training.accelerated.feed import Feed
from training.fit.batches import Batches
from training.fit.settings import ROBUST, SLOTS, Settings, override
from training.net.model import CLASSES, Architecture

WARM = 200  # steps until the rate is reached
LIGHT = "light"  # the entry of the weights that says whether the network normalizes light


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.accelerated.run", description=__doc__)
    parser.add_argument("--crops", type=Path, required=True, help="what training.accelerated.crops wrote")
    parser.add_argument("--start", type=Path, required=True, help="weights to begin with (.npz of training.accelerated.convert)")
    parser.add_argument("--teacher", type=Path, help="weights that a teacher begins with")
    parser.add_argument("--teach", type=float, default=2.0, help="minutes, set-up included, after which the teacher is ready")
    parser.add_argument("--minutes", type=float, required=True, help="how long all may take; the rate falls over what is left")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights and curves")
    parser.add_argument("--blocks", type=int, default=8, help="batches of the settings' size in each step")
    parser.add_argument("--every", type=float, default=40, help="seconds between figures on val")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 2))
    parser.add_argument(
        "--guards", type=float, nargs=2, default=(0.6, 0.4), help="of -log(1 - p(correct)): unmasked faces, masks worn incorrectly"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrides a setting (fit/settings.py)")
    return parser.parse_args(arguments)


def rate(s: Settings, step: int, passed: float) -> float:
    """Learning rate: a warm-up, then half a cosine over the share of the time that has passed."""
    return s.rate * min(1.0, (step + 1) / WARM) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(passed, 1.0))))


def architecture(s: Settings, arrays: weights.Arrays) -> Architecture:
    """Of the settings, but with as many blocks as the weights have, and light as they say."""
    blocks = 1 + max(int(name[1:].split("_")[0]) for name in arrays if name.startswith("b") and name[1].isdigit())
    return Architecture(tuple(s.stem), blocks, s.squeeze, s.dropout, bool(arrays[LIGHT][0][0]))


def run(args: argparse.Namespace) -> None:
    """Loads, trains until the time is over, writes the average of the weights."""
    begin = time.monotonic()
    s = override(ROBUST, args.set)
    splits, points = crops.unpack(args.crops)
    pasted = splits["train_pasted"] if s.pasted > 0 else None
    feed = Feed(Batches(splits["train"], pasted, points, s), args.workers)  # before JAX starts its threads
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        _train(args, s, splits["val"], feed, begin)
    finally:
        feed.close()


def _train(args: argparse.Namespace, s: Settings, val: object, feed: Feed, begin: float) -> None:
    from training.accelerated.fit import Phase

    teacher = None
    pupil = Phase("robust", s, weights.load(args.start), val, args)
    if args.teacher:
        clean = Phase("teacher", replace(s, noised=0.0, patched=0.0, masked=0.2, weight_decay=0.05), weights.load(args.teacher), val, args)
        # The large step is compiled while the small one runs.
        compiled = threading.Thread(target=pupil.compile, args=(feed, clean.teacher()))
        compiled.start()
        clean.fit(feed, begin + 60 * args.teach, None)
        teacher = clean.teacher()
        compiled.join()
    pupil.fit(feed, begin + 60 * args.minutes, teacher)


def say(row: dict, path: Path) -> None:
    """Prints a row of the curve and adds it to the file."""
    print(json.dumps(row), flush=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")


def bank_of(s: Settings) -> tuple[int, int, int, int]:
    """Shape of the bank of patches."""
    return len(CLASSES) ** 2 * SLOTS, s.patch_sides[1], s.patch_sides[1], 3


def light_of(light: bool) -> tuple[np.ndarray, np.ndarray]:
    """The entry LIGHT of weights."""
    return np.array([float(light)]), np.zeros(1)


def main(arguments: list[str] | None = None) -> int:
    """Returns 0."""
    run(parse(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
