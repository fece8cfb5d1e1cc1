"""Reads one split of labeled face crops, and says what was left out."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from training.data import layout
from training.data.cache import Cache, attempt
from training.data.crops import STORED
from training.data.entry import DataError, Entry
from training.data.listing import entries
from training.data.store import Store
from training.net.model import CLASSES

IN_MEMORY = 2 << 30  # bytes of decoded crops that may be held without a cache


@dataclass
class Split:
    """The crops of one split.

    images: uint8 [n, 128, 128, 3], RGB, read-only and memory-mapped when they come from a cache. labels: int32 [n], index into CLASSES.
    sources, groups, files: n strings each. skipped: (file, reason) of every crop left out.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    sources: list[str]
    groups: list[str]
    files: list[str]
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, where: np.ndarray | list[int]) -> Split:
        """The crops at these places."""
        sources, groups, files = ([part[i] for i in where] for part in (self.sources, self.groups, self.files))
        return Split(self.name, self.images[where], self.labels[where], sources, groups, files, self.skipped)


class Rows:
    """Some crops of one or more arrays [n, h, w, 3], read one at a time: a memory map is not copied into memory."""

    def __init__(self, images: np.ndarray, where: np.ndarray) -> None:
        self._parts = [(images, where)]

    def __len__(self) -> int:
        return sum(len(where) for _, where in self._parts)

    def __getitem__(self, i: int) -> np.ndarray:
        for images, where in self._parts:
            if i < len(where):
                return images[where[i]]
            i -= len(where)
        raise IndexError(i)

    def __add__(self, other: Rows) -> Rows:
        both = Rows(*self._parts[0])
        both._parts = self._parts + other._parts
        return both


def load(
    store: Store, split: str, fixes: dict[str, str] | None = None, minimum: int = 1, mine: Callable[[str], bool] | None = None
) -> Split:
    """Decodes one split to 128x128 RGB, into memory or, for MaskedFace-Net and a store with a work folder, into a cache.

    Crops that cannot be read, have a label outside CLASSES or differ from their sha256 are skipped and listed.
    mine says of a group whether its crops are wanted, where workers share them.
    `fixes` (see corrections) is applied to every split but `test`. Raises DataError when the split is absent,
    a class has fewer than `minimum` crops (0 allows an empty class), or memory or disk do not suffice.
    """
    listed = entries(store)
    chosen = [e for e in listed if e.split == split and (mine is None or mine(e.group))]
    if not chosen:
        raise DataError(f"{store.path}: no split {split!r}; found {', '.join(sorted({e.split for e in listed}))}")
    fixes = {} if split == "test" else fixes or {}
    images, outcomes = _decoded(store, chosen, fixes, layout.small(listed))
    kept = [replace(e, label=fixes.get(digest, e.label)) for e, (digest, reason) in zip(chosen, outcomes, strict=True) if not reason]
    skipped = [(e.file, reason) for e, (_, reason) in zip(chosen, outcomes, strict=True) if reason]
    counts = Counter(e.label for e in kept)
    for label in CLASSES:
        if counts[label] < minimum:
            raise DataError(
                f"{store.path}: split {split!r}: class {label!r} has {counts[label]} readable images, at least {minimum} "
                f"are needed ({len(skipped)} were skipped)"
            )
    return Split(
        split,
        images,
        np.array([CLASSES.index(e.label) for e in kept], np.int32),
        [e.source for e in kept],
        [e.group for e in kept],
        [e.file for e in kept],
        skipped,
    )


def _decoded(store: Store, chosen: list[Entry], fixes: dict[str, str], shrink: bool) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """The crops that can be used, [n, 128, 128, 3], and for each entry its sha256 and the reason it was skipped."""
    shape, split = (STORED, STORED, 3), chosen[0].split
    decode = partial(_decode, store, fixes, shrink)
    if any(e.aligned for e in chosen):
        if store.work:
            return Cache(store.work / "cache", split, shape).fill(chosen, decode, f"{shape} {layout.CENTER} {layout.SIDE} {shrink}")
        if len(chosen) * STORED * STORED * 3 > IN_MEMORY:
            raise DataError(f"{store.path}: split {split!r}: {len(chosen)} faces are too many for memory; a work folder is needed")
    results = [attempt(decode, e) for e in chosen]
    images = [image for image, _, _ in results if image is not None]
    return np.stack(images) if images else np.zeros((0, *shape), np.uint8), [(digest, reason) for _, digest, reason in results]


def _decode(store: Store, fixes: dict[str, str], shrink: bool, entry: Entry) -> tuple[np.ndarray, str]:
    """Returns the crop and the file's sha256; raises KeyError, OSError or ValueError when it cannot be used."""
    raw = store.read(entry.file)
    digest = hashlib.sha256(raw).hexdigest()
    if entry.sha256 and digest != entry.sha256:
        raise ValueError("sha256 differs from the manifest's")
    label = fixes.get(digest, entry.label)
    if label not in CLASSES:
        raise ValueError(f"label {label!r} is not one of {', '.join(CLASSES)}")
    image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR) if raw else None
    if image is None:
        raise ValueError("not a readable image")
    image = cv2.cvtColor(layout.cut(image, shrink) if entry.aligned else image, cv2.COLOR_BGR2RGB)
    if image.shape[:2] != (STORED, STORED):
        image = cv2.resize(image, (STORED, STORED), interpolation=cv2.INTER_AREA)
    return image, digest


def picture(store: Store, entry: Entry) -> np.ndarray:
    """One crop, uint8 RGB [128, 128, 3]; raises DataError when it cannot be used."""
    try:
        return _decode(store, {}, False, entry)[0]
    except (KeyError, OSError, ValueError) as err:
        raise DataError(f"{store.path}: {entry.file}: {err}") from err


def thin(split: Split, most: int) -> Split:
    """Keeps at most `most` evenly spaced crops of each class."""
    keep: list[int] = []
    for label in range(len(CLASSES)):
        where = np.flatnonzero(split.labels == label)
        keep += where[np.linspace(0, len(where) - 1, min(most, len(where))).astype(int)].tolist()
    return split.take(keep)


def report(split: Split) -> str:
    """One line: counts by class, and what was skipped."""
    counts = Counter(split.labels.tolist())
    text = ", ".join(f"{label} {counts[i]}" for i, label in enumerate(CLASSES))
    if split.skipped:
        shown = "; ".join(f"{f}: {r}" for f, r in split.skipped[:5])
        text += f"; skipped {len(split.skipped)} ({shown}{' ...' if len(split.skipped) > 5 else ''})"
    return f"{split.name}: {text}"


def write_skipped(path: Path, splits: Iterable[Split]) -> int:
    """Writes split,file,reason of every crop left out, and returns how many there are."""
    rows = [(split.name, *item) for split in splits for item in split.skipped]
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([("split", "file", "reason"), *rows])
    return len(rows)
