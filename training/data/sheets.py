"""Numbered contact sheets of crops, for labels to be judged by eye: `python -m training.data.sheets --data faces.tar --out FOLDER`."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import cv2
import numpy as np

from training import data

SIDE, ROOM, PER = 80, 12, 100  # pixels of a crop, pixels above it, crops of a sheet
KEPT = 0.02  # around the face box: what a network is shown


def sheet(images: list[np.ndarray], first: int, columns: int = 10) -> np.ndarray:
    """Crops, uint8 RGB [h, w, 3] each, cut to the face box and numbered from `first`, on one picture."""
    page = np.zeros((-(-len(images) // columns) * (SIDE + ROOM), columns * SIDE, 3), np.uint8)
    for i, image in enumerate(data.resize(data.recrop(np.stack(images), KEPT), SIDE)):
        y, x = i // columns * (SIDE + ROOM), i % columns * SIDE
        cv2.putText(page, str(first + i), (x + 2, y + ROOM - 2), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (255, 255, 255), 1, cv2.LINE_AA)
        page[y + ROOM : y + ROOM + SIDE, x : x + SIDE] = image
    return page


def main(argv: list[str] | None = None) -> int:
    """Writes 000.png, 001.png ... and list.csv (number,sha256,split,group,label,kind); 0, or 1 and a line on stderr."""
    parser = argparse.ArgumentParser(prog="training.data.sheets", description="Contact sheets of crops, and a list of their numbers.")
    parser.add_argument("--data", type=Path, required=True, help="folder or tar of labeled face crops with a manifest.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the sheets; they show people, so keep them to yourself")
    parser.add_argument("--label", default="incorrect", help="label in the manifest, or as corrected (default %(default)s)")
    parser.add_argument("--source", default="", help="one source alone")
    parser.add_argument("--split", nargs="+", choices=("train", "val"), default=["train", "val"], help="test is not looked at")
    args = parser.parse_args(argv)
    fixes, kinds = data.corrections(), data.kinds(data.KINDS_FILE)
    try:
        with data.Store(args.data) as store:
            listed = [e for e in data.entries(store) if e.split in args.split and args.source in ("", e.source)]
            listed = sorted((e for e in listed if fixes.get(e.sha256, e.label) == args.label), key=lambda e: (e.split, e.group, e.file))
            args.out.mkdir(parents=True, exist_ok=True)
            for first in range(0, len(listed), PER):
                page = sheet([data.picture(store, e) for e in listed[first : first + PER]], first)
                cv2.imwrite(str(args.out / f"{first // PER:03d}.png"), page[..., ::-1])
        with (args.out / "list.csv").open("w", newline="", encoding="utf-8") as stream:
            rows = ((i, e.sha256, e.split, e.group, args.label, kinds.get(e.sha256, "")) for i, e in enumerate(listed))
            csv.writer(stream, lineterminator="\n").writerows([("number", "sha256", "split", "group", "label", "kind"), *rows])
    except (data.DataError, OSError) as err:
        print(f"sheets: {err}", file=sys.stderr)
        return 1
    print(f"{args.out}: {len(listed)} crops")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
