"""Writes certify.json: what training/defense/ say of the golden faces of models/robust.

Plain, with stored patches, and blended in pairs, which masks turn easily. The Go code is tested against it.
With --check it compares the committed file with what they say now, and exits 1 on a difference. Needs PYTHONPATH=. and the
packages of mk/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from training.defense import certify, masking, squeeze
from training.net.model import CLASSES, SIZE
from training.pack import lite

FILE = Path(__file__).with_name("certify.json")
PACK = Path("models/robust")
PATCHED = 2  # cases of each face with a patch
CLOSE = 1e-4  # scores may differ so much from machine to machine


def read(file: str) -> np.ndarray:
    """A picture of the pack, uint8 RGB."""
    return cv2.cvtColor(cv2.imread(str(PACK / file)), cv2.COLOR_BGR2RGB)


def pictures(manifest: dict) -> list[tuple[dict, np.ndarray]]:
    """How each case is made, and its picture uint8 [96, 96, 3]."""
    rng = np.random.default_rng(20220810)
    faces = [g["file"] for g in manifest["golden"] if "file" in g]
    patches = [p["file"] for p in manifest["patches"]]
    made = [({"face": file}, read(file)) for file in faces]
    for file in faces:
        for patch in rng.choice(patches, PATCHED, replace=False):
            pixels, image = read(str(patch)), read(file)
            row, col = (int(v) for v in rng.integers(0, SIZE - len(pixels) + 1, 2))
            image[row : row + len(pixels), col : col + len(pixels)] = pixels
            made.append(({"face": file, "patch": str(patch), "row": row, "col": col}, image))
    for file, other in zip(faces, faces[len(faces) // 3 :] + faces[: len(faces) // 3], strict=True):
        half = (read(file).astype(np.uint16) + read(other)) // 2
        made.append(({"face": file, "blend": other}, half.astype(np.uint8)))
    return made


def cases() -> list[dict]:
    """Each case with its answers: labels as names, empty where there is none."""
    manifest = json.loads((PACK / "manifest.json").read_text())
    setting, network = manifest["masking"], PACK / manifest["models"]["float32"]
    masks = masking.masks(SIZE, setting["patch"], setting["masks_per_axis"])
    how, images = zip(*pictures(manifest), strict=True)
    unit = lite.unit(np.stack(images))

    def alone(x: np.ndarray) -> np.ndarray:
        return lite.run(network, np.ascontiguousarray(x, np.float32))

    def smoothed(x: np.ndarray) -> np.ndarray:
        return alone(squeeze.median(x))

    clean = squeeze.softmax(smoothed(unit))
    views = squeeze.softmax(certify.one_mask(smoothed, unit, masks))
    one = views.argmax(axis=2)
    label, _ = certify.infer(smoothed, unit, masks, one)
    agreed, never = certify.proved(smoothed, unit, one, masks)
    suspected = certify.alarms(clean, views, 0.0)
    score = squeeze.scores(alone, unit, manifest["squeezing"]["bits"])
    names = [*CLASSES, ""]
    return [
        {
            **how[i],
            "clean": names[clean[i].argmax()],
            "masked": [names[k] for k in one[i]],
            "suspected": bool(suspected[i]),
            "label": names[label[i]],
            "agreed": names[agreed[i]],
            "never_correct": bool(never[i]),
            "score": round(float(score[i]), 6),
        }
        for i in range(len(how))
    ]


def same(old: list[dict], new: list[dict]) -> bool:
    """Whether two files say the same, scores up to CLOSE."""
    near = len(old) == len(new) and all(abs(a["score"] - b["score"]) <= CLOSE for a, b in zip(old, new, strict=True))
    return near and [{**c, "score": 0} for c in old] == [{**c, "score": 0} for c in new]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    made = cases()
    if not parser.parse_args().check:
        FILE.write_text("[\n" + ",\n".join(json.dumps(case) for case in made) + "\n]\n")
        return 0
    if same(json.loads(FILE.read_text()), made):
        return 0
    print(f"{FILE} is not what training/ gives now: run {sys.argv[0]}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
