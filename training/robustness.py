"""Measures what two packs withstand and writes one report of it.

python -m training.robustness --data faces.tar --base models/base --robust models/robust --out dist/robustness

Every finished measurement is kept in OUT/parts and not done again for the same model, sample and effort. With --shard 1/3 a machine does
its share of them: blocks of the sample, and, of what is not made of blocks, one pack or the other. Copy all machines' OUT/parts into one,
and run it without --shard.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # a quarter faster where it is not the default

from training import report
from training.data import DataError
from training.defense import squeeze
from training.measure import (
    blocks,
    certified,
    clean,
    controls,
    corruption,
    crops,
    defended,
    detector,
    ensemble,
    linf,
    minimal,
    patches,
    physical,
    reported,
    tools,
    universal,
)
from training.measure.context import TINY, Context, Effort
from training.measure.parts import Parts
from training.measure.subject import Subject, open_subject
from training.pack import manifest
from training.pack.manifest import PackError
from training.plain import plain

# Of two cores, what Effort(1) takes for a base and a robust pack. At any effort, light and corruptions take seven more, and the
# worst case over the ensemble FIXED_MINUTES: its steps are not scaled.
FULL_MINUTES, FIXED_MINUTES = 60, 50
MINUTES = 36
ROLES = ("base", "robust")

# The longest are made of blocks of the sample (Effort.blocks), one part each.
BLOCKED = ("ensemble_alone", "ensemble_smoothed")

# In this order, with the seconds that each is thought to take of a robust pack. Patches come before what is made of them.
PLAN: dict[str, tuple[float, Callable[[Context], dict]]] = {
    "clean": (10, clean.measure),
    "controls": (30, controls.measure),
    "worn": (2, clean.worn),
    "light": (10, corruption.light),
    "corruption": (200, corruption.measure),
    "certified": (280, certified.measure),
    "brute_force": (90, certified.brute_force),
    "linf_alone": (140, lambda context: linf.single(context, "alone")),
    "linf_smoothed": (160, lambda context: linf.single(context, "smoothed")),
    "ensemble_alone": (600, lambda context: ensemble.measure(context, "alone")),
    "ensemble_smoothed": (1600, lambda context: ensemble.measure(context, "smoothed")),
    "minimal": (40, minimal.measure),
    "patches_alone": (600, lambda context: patches.measure(context, "alone")),
    "patches_smoothed": (120, lambda context: patches.measure(context, "smoothed")),
    "physical": (90, lambda context: physical.measure(context.half())),
    "defended": (350, defended.measure),
    "reported": (120, reported.measure),
    "universal": (15, universal.measure),
    "detector": (130, detector.measure),
    "tools": (150, tools.measure),
}
# Measurements whose code has given them another meaning since: what was kept of them before is measured again.
REVISED = {"certified": 2, "brute_force": 2, "defended": 2, "reported": 2}  # 2: double masking asks in two classes at last


def measure(
    source: Path,
    packs: dict[str, Path],
    out: Path,
    effort: Effort,
    seed: int,
    split: str = "test",
    only: Collection[str] = tuple(PLAN),
    shard: tuple[int, int] = (1, 1),
) -> dict:
    """The measurements `only` of each pack, by role, those that were finished before, and what they were made on.

    shard: (k, n), the share of them that is measured; of the others, what is finished is taken.
    Raises DataError or PackError.
    """
    mine = {p: seconds for role in packs for name in PLAN if name in only for p, seconds in _planned(role, name, effort, shard)}
    parts = Parts(out / "parts", mine)
    found: dict = {"data": {}, "packs": {}, "missing": []}
    for role, folder in packs.items():
        context, described = _context(source, open_subject(folder), split, effort, seed, parts.folder / role)
        key = {"model": context.subject.sha256, "effort": dataclasses.asdict(effort), "seed": seed, **described}
        results, seconds = {}, {}
        for name, (_, run) in PLAN.items():
            pieces = dict(zip(_parts(role, name, effort), context.in_blocks() if name in BLOCKED else [context], strict=True))
            own = key | ({"revision": REVISED[name]} if name in REVISED else {})
            made = [parts.measure(p, own, partial(run, of)) if p in mine else parts.finished(p, own) for p, of in pieces.items()]
            if None not in made:
                results[name] = blocks.join(made, context.row, name) if name in BLOCKED else made[0]
                seconds[name] = sum(parts.seconds(p) for p in pieces)
        found["packs"][role] = {"model": context.subject.describe(), "seconds": seconds, **results}
        found["data"] = described
        found["missing"] += [f"{role}: {name}" for name in PLAN if name not in results]
    return found


def _parts(role: str, name: str, effort: Effort) -> list[str]:
    """The names of the parts of a measurement."""
    count = effort.blocks
    return [f"{role}/{name}-{i + 1}of{count}" for i in range(count)] if name in BLOCKED else [f"{role}/{name}"]


def _planned(role: str, name: str, effort: Effort, shard: tuple[int, int]) -> Iterator[tuple[str, float]]:
    """The parts of a measurement that a shard does, with the seconds that each is thought to take."""
    names, (k, n) = _parts(role, name, effort), shard
    for i, part in enumerate(names):
        # Patches are kept in files for what is made of them, so the measurements of a pack that have no blocks stay together.
        if (i if name in BLOCKED else ROLES.index(role)) % n == k - 1:
            yield part, PLAN[name][0] / len(names)


def _shard(text: str) -> tuple[int, int]:
    k, slash, n = text.partition("/")
    if not (slash and k.isdecimal() and n.isdecimal() and 1 <= int(k) <= int(n)):
        raise argparse.ArgumentTypeError(f"{text!r}: want K/N, such as 1/3, 2/3 and 3/3")
    return int(k), int(n)


def _context(source: Path, subject: Subject, split: str, effort: Effort, seed: int, folder: Path) -> tuple[Context, dict]:
    margin = subject.manifest["input"]["crop_margin"]
    test, skipped = crops.load(source, split, margin)
    val, _ = crops.load(source, "val", margin)
    sample = crops.stratified(test.labels, effort.sample, seed)
    folder.mkdir(parents=True, exist_ok=True)
    context = Context(subject, test, val, sample, effort, seed, folder)
    return context, report.describe_data(source, split, context, skipped)


def main(arguments: list[str] | None = None) -> int:
    """Returns 0; 1 when a check of the report failed; 65 for unusable input, 73 when it cannot be written, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m training.robustness", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--base", type=Path, required=True, help="folder of the undefended pack")
    parser.add_argument("--robust", type=Path, required=True, help="folder of the robust pack")
    parser.add_argument("--out", type=Path, default=Path("dist/robustness"))
    parser.add_argument("--sample", type=int, help=f"crops of each class for attacks that need gradients (default {Effort.sample})")
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help=f"of two cores; {FULL_MINUTES} is the full effort. APGD takes {FIXED_MINUTES} more"
    )
    parser.add_argument("--shard", type=_shard, default=(1, 1), metavar="K/N", help="measure the K-th of N shares, for several machines")
    parser.add_argument("--split", default="test")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", choices=["tiny"], help="the whole path with next to no iterations, to see that it works")
    parser.add_argument(
        "--only", nargs="*", choices=PLAN, default=list(PLAN), help="measure these alone, or nothing; report what is finished"
    )
    parser.add_argument(
        "--write-packs", action="store_true", help="put evaluation.json and the detector's threshold into both packs; sign them again"
    )
    args = parser.parse_args(arguments)
    effort = TINY if args.steps else Effort(factor=args.minutes / FULL_MINUTES)
    if args.sample:
        effort = dataclasses.replace(effort, sample=args.sample)
    packs = dict(zip(ROLES, (args.base, args.robust), strict=True))
    begin = time.monotonic()
    try:
        found = measure(args.data, packs, args.out, effort, args.seed, args.split, args.only, args.shard)
        if args.shard[1] > 1:
            kept = f"{args.out}/parts"
            print(plain(f"shard {args.shard[0]} of {args.shard[1]} is in {kept}: copy those of all into one, and run it without --shard"))
            return 0
        result = report.assemble(found, effort, args.seed, time.monotonic() - begin)
        report.write(result, args.out)
        if args.write_packs:
            for role, folder in packs.items():
                detector = result["packs"][role].get("detector")
                manifest.amend(folder, detector and squeeze.shipped(detector), report.of_pack(result, role))
    except (DataError, PackError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    except OSError as err:
        print(f"error: {plain(err)}; what was measured is kept in {args.out}/parts: make room and run it again", file=sys.stderr)
        return 73
    except KeyboardInterrupt:
        print(f"interrupted; what was measured is kept in {args.out}/parts: run it again to go on", file=sys.stderr)
        return 130
    print(plain(report.as_text(result)))
    return 0 if all(check["held"] for check in result["sanity"]) else 1


if __name__ == "__main__":
    sys.exit(main())
