"""Stored adversarial patches: one for every pair of classes and size, made to work on any face at any place (arXiv:1712.09665)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from training import data
from training.attacks import Network, patch
from training.attacks.universal import universal
from training.net.model import CLASSES, SIZE
from training.pack import lite

AREAS = (0.02, 0.05)  # of the network's input
MOST = 500  # faces of each class of `train` that a patch is made on


@dataclass(frozen=True)
class Effort:
    """How hard the patches are tried for: gradient steps, faces seen at each, and the step in units of the pixel range."""

    steps: int = 150
    batch: int = 32
    rate: float = 0.05


FULL = Effort()


class Success(NamedTuple):
    """Shares of the images that were turned to the target, and that kept their label; of how many."""

    success: float
    kept: float
    images: int


def make(
    networks: dict[str, Network], train: data.Split, val: data.Split, margin: float, folder: Path, effort: Effort, seed: int = 1
) -> tuple[list[dict], dict]:
    """Writes patches/<from>-<to>-<per cent>.png below folder, made against the first of `networks` on faces of `train`.

    Returns the manifest's entries, and by file the success against each network by name. Success: the share of `val`'s faces of
    class `from`, classified right without the patch, that are answered `to` with it, at one random place each. Kept: the share
    that keeps its label.
    """
    first = next(iter(networks.values()))
    train = data.thin(train, MOST)
    seen, held = lite.crops(train, margin), lite.crops(val, margin)
    entries, successes = [], {}
    (folder / "patches").mkdir(exist_ok=True)
    for area in AREAS:
        side = patch.side_of(area, SIZE)
        for source, target in permutations(range(len(CLASSES)), 2):
            plain = held[val.labels == source]
            if not success(first, plain, np.zeros((side, side, 3), np.uint8), source, target, seed).images:
                continue  # the network never classifies this class right: there is nothing to turn
            faces = lite.unit(seen[train.labels == source])
            labels = np.full(len(faces), source, np.int32)
            made = universal(first, faces, labels, target, side, effort.steps, effort.batch, effort.rate, seed)
            pixels = np.rint(made * 255).astype(np.uint8)
            file = f"patches/{CLASSES[source]}-{CLASSES[target]}-{area * 100:g}.png"
            cv2.imwrite(str(folder / file), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
            rates = {name: success(network, plain, pixels, source, target, seed) for name, network in networks.items()}
            successes[file] = {name: found._asdict() for name, found in rates.items()}
            own = next(iter(rates.values()))._asdict()
            entries.append({"file": file, "from": CLASSES[source], "to": CLASSES[target], "area": area} | own)
    return entries, successes


def success(network: Network, faces: np.ndarray, pixels: np.ndarray, source: int, target: int, seed: int) -> Success:
    """Of uint8 faces [n, 96, 96, 3] answered `source`: what they are answered with the patch pasted on."""
    faces = faces[lite.answers(network, faces).argmax(axis=1) == source]
    if not len(faces):
        return Success(0.0, 1.0, 0)
    rows, cols = np.random.default_rng(seed).integers(0, SIZE - len(pixels) + 1, (2, len(faces)))
    answers = lite.answers(network, patch.paste(faces, pixels, rows, cols)).argmax(axis=1)
    return Success(round(float(np.mean(answers == target)), 4), round(float(np.mean(answers == source)), 4), len(faces))
