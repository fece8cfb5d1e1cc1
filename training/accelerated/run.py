"""Trains on an accelerator for so many minutes: python -m training.accelerated.run --crops FILE --start FILE --out DIR.

First, where it is asked for, a teacher without attacks; then the network itself, whose targets are partly what the teacher says.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from training.accelerated import crops, weights
from training.accelerated.feed import Feed
from training.fit.batches import Batches
from training.fit.settings import ROBUST, Settings, override


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
    from training.accelerated.fit import Phase  # JAX, which must not be there yet where the feed forks

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


def main(arguments: list[str] | None = None) -> int:
    """Returns 0."""
    run(parse(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
