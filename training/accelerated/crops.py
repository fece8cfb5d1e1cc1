"""The crops that a run on another machine takes along: one file of small pictures, labels, groups and landmarks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from training import data
from training.draw import landmarks
from training.net.model import CENTERFACE, CLASSES

QUALITY = 84  # of WebP, for a file that is small enough to be carried; the last epochs see the crops themselves
TEXTS = ("sources", "groups", "files")


def pack(splits: dict[str, data.Split], points: np.ndarray, path: Path) -> None:
    """Writes the splits and the landmarks [n, 5, 2] of the unmasked crops of `train`."""
    arrays: dict[str, np.ndarray] = {"points": points}
    for name, split in splits.items():
        blobs = [cv2.imencode(".webp", cv2.cvtColor(i, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1] for i in split.images]
        arrays |= {
            f"{name}/bytes": np.concatenate(blobs),
            f"{name}/ends": np.cumsum([len(b) for b in blobs]),
            f"{name}/labels": split.labels,
        }
        arrays |= {f"{name}/{text}": np.array(getattr(split, text)) for text in TEXTS}
    np.savez_compressed(path, **arrays)


def unpack(path: Path) -> tuple[dict[str, data.Split], np.ndarray]:
    """What pack wrote."""
    splits = {}
    with np.load(path) as arrays:
        points = arrays["points"]
        for name in sorted({key.split("/")[0] for key in arrays if "/" in key}):
            raw, ends = arrays[f"{name}/bytes"], arrays[f"{name}/ends"]
            images = [cv2.cvtColor(cv2.imdecode(b, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB) for b in np.split(raw, ends[:-1])]
            texts = [arrays[f"{name}/{text}"].tolist() for text in TEXTS]
            splits[name] = data.Split(name, np.stack(images), arrays[f"{name}/labels"], *texts, [])
    return splits, points


def main(arguments: list[str] | None = None) -> int:
    """Reads the data set, finds the landmarks, writes the file."""
    parser = argparse.ArgumentParser(prog="python -m training.accelerated.crops", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--out", type=Path, required=True, help="the .npz to write")
    parser.add_argument("--centerface", type=Path, default=CENTERFACE, help="CenterFace's ONNX file")
    args = parser.parse_args(arguments)
    fixes = data.corrections()
    with data.Store(args.data, args.out.parent) as store:
        splits = {name: data.load(store, name, fixes, 0) for name in ("train", "train_pasted", "val")}
    train = splits["train"]
    unmasked = data.Rows(train.images, np.flatnonzero(train.labels == CLASSES.index("none")))
    points = landmarks.find_all(unmasked, args.centerface, args.out.with_suffix(".landmarks.npz"))
    pack(splits, points, args.out)
    print(f"wrote {args.out}: {args.out.stat().st_size / 2**20:.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
