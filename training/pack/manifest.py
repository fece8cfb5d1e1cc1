"""A pack's manifest, format 2: what it holds, its answers to golden inputs, in full and in dim light, and the sha256 of every file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

from training.defense import masking
from training.net.model import CLASSES, SIZE
from training.pack import card, golden, lite

FORMAT = 2
FILE, SIGNATURE = "manifest.json", "manifest.json.minisig"
MASKS_PER_AXIS, PATCH_AREA = 3, 0.02
# Least tolerance of a kind's golden logits; what was measured between kernels counts twice.
FLOORS = {"float32": 1e-3, "float16": 0.02, "int8": 0.1}


class PackError(ValueError):
    """The model pack is incomplete or its parts do not belong together."""


def describe(folder: Path, name: str, version: int, margin: float, faces: list[dict], patches: list[dict]) -> dict:
    """The manifest of the pack in folder, but for its `files`; faces and patches are listed by file below folder.

    Golden logits and their tolerances are taken from the TensorFlow Lite files themselves, on one thread.
    """
    entries = [{"seed": seed} for seed in golden.SEEDS] + faces
    plain = np.stack([picture(folder, entry) for entry in entries])
    images = lite.unit(np.concatenate([plain] + [golden.dim(plain, light) for light in golden.LIGHTS]))
    logits, tolerance = {}, {}
    for kind, file in lite.FILES.items():
        logits[kind], spread = measure(folder / file, images)
        tolerance[kind] = float(np.format_float_positional(max(FLOORS[kind], 2 * spread), 2, fractional=False))
    for i, entry in enumerate(entries):
        entry["logits"], *entry["dim"] = (
            {kind: [round(float(v), 6) for v in values[i + at]] for kind, values in logits.items()}
            for at in range(0, len(images), len(entries))
        )
    return {
        "format": FORMAT,
        "name": name,
        "version": version,
        "classes": list(CLASSES),
        "input": {"width": SIZE, "height": SIZE, "color": "rgb", "scale": 1 / 255, "offset": 0.0, "crop_margin": margin},
        "output": "logits",
        "smoothing": {"window": 3},
        "masking": {
            "fill": round(masking.FILL * 255),
            "masks_per_axis": MASKS_PER_AXIS,
            "patch": masking.side_of(PATCH_AREA, SIZE),
        },
        "models": dict(lite.FILES),
        "savedmodel": "savedmodel",
        "keras": "model.keras",
        "golden": entries,
        "golden_tolerance": tolerance,
        "patches": patches,
    }


def picture(folder: Path, entry: dict) -> np.ndarray:
    """uint8 RGB [96, 96, 3] of a golden entry: noise of its seed, or its file below folder."""
    if "seed" in entry:
        return golden.noise(entry["seed"])
    image = cv2.imread(str(folder / entry["file"]), cv2.IMREAD_COLOR)
    if image is None:
        raise PackError(f"{folder / entry['file']}: not a readable picture; write the pack again")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def measure(path: Path, images: np.ndarray) -> tuple[np.ndarray, float]:
    """Logits [n, 3] of float32 images one by one, and how far they are from those of a whole batch and of plain kernels."""
    alone = np.concatenate([lite.run(path, image[None]) for image in images])
    plain = np.concatenate([lite.run(path, image[None], plain=True) for image in images])
    return alone, float(max(np.abs(plain - alone).max(), np.abs(lite.run(path, images) - alone).max()))


def write(folder: Path, manifest: dict) -> None:
    """Writes the manifest with the sha256 of every file below folder, and takes away the signature of the one before."""
    (folder / SIGNATURE).unlink(missing_ok=True)
    listed = {k: v for k, v in manifest.items() if k != "files"} | {"files": digests(folder)}
    (folder / FILE).write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file below folder but the manifest and its signature, by path."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    names = [p.relative_to(folder).as_posix() for p in paths]
    return {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in zip(names, paths, strict=True) if n not in (FILE, SIGNATURE)}


def read(folder: Path) -> dict:
    """The manifest, once every file was shown to be listed and unaltered; raises PackError. Signatures are the daemon's to check."""
    path = folder / FILE
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version, listed = manifest["format"], manifest.get("files", {})
    except (OSError, KeyError, ValueError, TypeError) as err:
        raise PackError(f"{path}: not the manifest of a model pack: {err}") from err
    if version != FORMAT:
        raise PackError(f"{path}: format is {version}, want {FORMAT}; write the pack again with `python -m training.export`")
    found = digests(folder)
    for name in sorted(listed.keys() | found.keys()):
        if name not in found:
            raise PackError(f"{folder / name}: missing, but the manifest lists it")
        if name not in listed:
            raise PackError(f"{folder / name}: not listed in the manifest; remove it, or write the pack again")
        if found[name] != listed[name]:
            raise PackError(f"{folder / name}: sha256 is {found[name]}, the manifest says {listed[name]}")
    return manifest


def amend(folder: Path, squeezing: dict | None = None, evaluation: dict | None = None) -> None:
    """Puts later findings into a pack: squeezing's thresholds, evaluation.json, and the model card made from all of it.

    Files in folder that were changed or added meanwhile are taken up; the signature goes, as the manifest is another one.
    """
    manifest = json.loads((folder / FILE).read_text(encoding="utf-8"))
    if squeezing is not None:
        manifest["squeezing"] = squeezing
    if evaluation is not None:
        # No blanks: it is half as large, and report.html is the form for people.
        (folder / "evaluation.json").write_text(json.dumps(evaluation, separators=(",", ":")) + "\n", encoding="utf-8")
    card.write(folder, manifest)
    write(folder, manifest)
