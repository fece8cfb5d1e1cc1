"""Shows drawn masks: `python -m training.draw.montage --data faces.tar --out FILE.png`, a column for each way they are worn."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from training.data import STORED, DataError, Entry, Store, entries, picture
from training.draw import landmarks
from training.draw.masks import STATES, draw
from training.net.model import CENTERFACE, BackboneError

_TITLE = 14  # pixels above the columns


def montage(store: Store, net: cv2.dnn.Net, rows: int, rng: np.random.Generator) -> np.ndarray:
    """uint8 RGB [title + rows * 128, states * 128, 3]: unmasked faces of `train`, drawn at random, each with one mask."""
    listed = [e for e in entries(store) if e.split == "train" and e.label == "none"]
    sheet = np.zeros((_TITLE + rows * STORED, len(STATES) * STORED, 3), np.uint8)
    for i, state in enumerate(STATES):
        cv2.putText(sheet, state, (i * STORED + 4, _TITLE - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    faces = _faces(store, [listed[i] for i in rng.permutation(len(listed))], net)
    for place, (image, points) in zip(range(rows * len(STATES)), faces, strict=False):
        row, col = divmod(place, len(STATES))
        y, x = _TITLE + row * STORED, col * STORED
        sheet[y : y + STORED, x : x + STORED] = draw(image, points, STATES[col], rng)
    return sheet


def _faces(store: Store, listed: list[Entry], net: cv2.dnn.Net) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The faces whose landmarks are found, and those landmarks in pixels."""
    for entry in listed:
        image = picture(store, entry)
        points = landmarks.find(net, image) * STORED
        if not np.isnan(points).any():
            yield image, points


def main(argv: list[str] | None = None) -> int:
    """Writes the montage; 0, or 1 and a line on stderr."""
    parser = argparse.ArgumentParser(prog="training.draw.montage", description="Draws masks on unmasked faces, to be looked at.")
    parser.add_argument("--data", type=Path, required=True, help="folder or tar of labeled face crops")
    parser.add_argument("--out", type=Path, required=True, help="PNG file to write; it shows people, so keep it out of what you publish")
    parser.add_argument("--rows", type=int, default=9, help="faces of each way (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other masks (default %(default)s)")
    parser.add_argument("--centerface", type=Path, default=CENTERFACE, help="CenterFace's ONNX file (MASKWARDEN_CENTERFACE)")
    args = parser.parse_args(argv)
    try:
        if not args.centerface.is_file():
            raise BackboneError(f"{args.centerface}: CenterFace's ONNX file is missing; run `make setup` or give --centerface")
        net = cv2.dnn.readNetFromONNX(str(args.centerface))
        with Store(args.data) as store:
            sheet = montage(store, net, max(args.rows, 1), np.random.default_rng(args.seed))
        if not cv2.imwrite(str(args.out), sheet[..., ::-1]):
            raise DataError(f"{args.out}: cannot be written; give a .png file in a folder that exists")
    except (DataError, BackboneError, OSError, cv2.error) as err:
        print(f"montage: {err}", file=sys.stderr)
        return 1
    print(f"{args.out}: {len(STATES) * max(args.rows, 1)} drawn masks")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
