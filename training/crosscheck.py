"""Our FGSM, PGD and C&W against those of ART and Foolbox: python -m training.crosscheck --data PATH --pack DIR."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


from training import data
from training.measure.tools import compare
from training.net.model import CLASSES
from training.pack import lite
from training.pack.manifest import PackError
from training.pack.opening import open_pack
from training.plain import plain


def check(source: Path, pack: Path, images: int, seed: int = 1) -> dict:
    """compare() on up to `images` images of `val`, as many of each class, with the network of a pack."""
    model, manifest = open_pack(pack)
    with data.Store(source) as store:
        split = data.thin(data.load(store, "val"), -(-images // len(CLASSES)))
    faces = lite.unit(lite.crops(split, manifest["input"]["crop_margin"]))
    return compare(lambda x: model(x, training=False), faces, split.labels, seed)


def table(result: dict) -> str:
    """The figures as text."""
    rows = {f"{n} accuracy": of for n, of in result["robust_accuracy"].items()} | {"carlini median L2": result["carlini_median_l2"]}
    lines = [f"{result['images']} images of val, eps {result['settings']['eps255']:g}/255; C&W on {result['carlini_images']}"]
    lines.append(f"{'':20} " + " ".join(f"{tool:>8}" for tool in result["carlini_median_l2"]))
    lines += [f"{name:20} " + " ".join(f"{'–':>8}" if v is None else f"{v:8.4f}" for v in of.values()) for name, of in rows.items()]
    return "\n".join([*lines, "they agree" if result["agree"] else f"they disagree: {result['largest_difference']}"])


def main(arguments: list[str] | None = None) -> int:
    """Prints the comparison; returns 0, 1 where the tools disagree, 65 for unusable input."""
    parser = argparse.ArgumentParser(prog="python -m training.crosscheck", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--pack", type=Path, required=True, help="folder of the model pack")
    parser.add_argument("--images", type=int, default=150, help="at most so many images of val")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    args = parser.parse_args(arguments)
    try:
        result = check(args.data, args.pack, args.images)
    except (data.DataError, PackError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    print(json.dumps(result) if args.json else plain(table(result)))
    return 0 if result["agree"] else 1


if __name__ == "__main__":
    sys.exit(main())
