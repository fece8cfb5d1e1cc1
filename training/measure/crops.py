"""The crops that are measured on, as the network takes them, with what the manifest says of each."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training import data
from training.net.model import CLASSES, SIZE


@dataclass(frozen=True)
class Crops:
    """images: float32 [n, 96, 96, 3] in [0, 1]; labels: int32 [n]; groups, sources, files: str [n]; face_px: float [n], NaN unknown.

    kinds: str [n], how a mask is worn that is worn incorrectly, where that is labeled (data.kinds), else "".
    """

    images: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    sources: np.ndarray
    files: np.ndarray
    face_px: np.ndarray
    kinds: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: np.ndarray) -> Crops:
        """The crops at these places, or where a mask is true."""
        parts = (self.images, self.labels, self.groups, self.sources, self.files, self.face_px, self.kinds)
        return Crops(*(part[index] for part in parts))


def load(source: Path, split: str, margin: float) -> tuple[Crops, list[tuple[str, str]]]:
    """The crops of a split, cut to `margin` around the face as a pack asks, and (file, reason) of those left out.

    Labels of `test` are never corrected. Raises data.DataError.
    """
    with data.Store(source) as store:
        found = data.load(store, split, data.corrections())
        sizes = _face_px(store)
        labeled = data.kinds(data.KINDS_FILE)
        kinds = {e.file: labeled.get(e.sha256, "") for e in data.entries(store)}
    images = data.resize(data.recrop(found.images, margin), SIZE).astype(np.float32) / 255
    texts = (np.array(part) for part in (found.groups, found.sources, found.files))
    face_px = np.array([sizes.get(f, np.nan) for f in found.files])
    return Crops(images, found.labels, *texts, face_px, np.array([kinds[f] for f in found.files])), found.skipped


def stratified(labels: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Indices, rising, of at most `most` crops of each class, drawn without replacement; a smaller class is taken whole."""
    rng = np.random.default_rng(seed)
    picked = []
    for c in range(len(CLASSES)):
        where = np.flatnonzero(labels == c)
        picked.append(rng.permutation(where)[:most])
    return np.sort(np.concatenate(picked))


def _face_px(store: data.Store) -> dict[str, float]:
    if not store.has("manifest.csv"):
        return {}
    rows = csv.DictReader(io.StringIO(store.read("manifest.csv").decode("utf-8-sig")))
    return {row["file"]: float(row["face_px"]) for row in rows if row.get("face_px")}
